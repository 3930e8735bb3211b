package io.github.uniquant.internal.kernel;

/** The scalar path of table-free coding: {@link FreeCdfs}, one element after the other. */
final class ScalarFreeKernels implements FreeKernels {
    static final ScalarFreeKernels INSTANCE = new ScalarFreeKernels();

    private ScalarFreeKernels() {}

    @Override
    public String name() {
        return "scalar";
    }

    @Override
    public int rows(
            FreeCdfs cdfs,
            int[] origins,
            float[] fractions,
            int from,
            int[] symbols,
            int count,
            boolean nearZero,
            int[] rows,
            int rowsEnd,
            int[] extras,
            int extrasEnd,
            int[] scratch) {
        return rows(
                cdfs,
                from % cdfs.size(),
                origins,
                fractions,
                from,
                symbols,
                0,
                count,
                rows,
                rowsEnd,
                extras,
                extrasEnd);
    }

    /** As above, for symbols from index {@code at} on, the first of element {@code first} of the CDFs. */
    static int rows(
            FreeCdfs cdfs,
            int first,
            int[] origins,
            float[] fractions,
            int from,
            int[] symbols,
            int at,
            int count,
            int[] rows,
            int rowsEnd,
            int[] extras,
            int extrasEnd) {
        int end = extrasEnd;
        int element = first;
        int size = cdfs.size();
        for (int i = 0; i < count; i++) {
            int symbol = symbols[at + i];
            int h = cdfs.half[element];
            int shift = cdfs.shift[element];
            long cell = ((long) symbol - origins[from + i] >> shift) + h;
            if (cell < 0 || cell >= 2L * h) {
                cell = 2L * h;
            }
            if (shift > 0 || cell == 2L * h) {
                extras[end] = from + i;
                extras[end + 1] = symbol;
                end += 2;
            }
            rows[rowsEnd - 1 - i] = cdfs.row(element, fractions[from + i], (int) cell);
            element = element + 1 == size ? 0 : element + 1;
        }
        return end;
    }

    @Override
    public int decodeLanes(
            FreeCdfs cdfs,
            int[] origins,
            float[] fractions,
            int from,
            int count,
            int lanes,
            int[] states,
            short[] words,
            int next,
            int[] cells,
            int[] scratch) {
        int precision = cdfs.precision;
        int slotMask = (1 << precision) - 1;
        int at = next;
        int element = from % cdfs.size();
        int size = cdfs.size();
        for (int i = 0; i < count; i++) {
            int lane = i & lanes - 1;
            int x = states[lane];
            int slot = x & slotMask;
            long located = cdfs.locate(element, fractions[from + i], slot);
            int row = (int) located;
            cells[i] = (int) (located >>> 32);
            x = (x >>> precision) * ((row & 0xffff) + 1) + slot - (row >>> 16);
            // A state below 2^16 takes the next word.
            if (x >>> 16 == 0) {
                x = x << 16 | words[at++] & 0xffff;
            }
            states[lane] = x;
            element = element + 1 == size ? 0 : element + 1;
        }
        return at;
    }

    @Override
    public int symbols(FreeCdfs cdfs, int[] origins, int from, int[] cells, int count, int[] extras, int extrasEnd) {
        return symbols(cdfs, from % cdfs.size(), origins, from, cells, 0, count, extras, extrasEnd);
    }

    /** As above, for cells from index {@code at} on, the first of element {@code first} of the CDFs. */
    static int symbols(
            FreeCdfs cdfs, int first, int[] origins, int from, int[] cells, int at, int count, int[] extras, int end) {
        int extrasEnd = end;
        int element = first;
        int size = cdfs.size();
        for (int i = 0; i < count; i++) {
            int cell = cells[at + i];
            int h = cdfs.half[element];
            int shift = cdfs.shift[element];
            if (shift > 0 || cell == 2 * h) {
                extras[extrasEnd] = from + i;
                extras[extrasEnd + 1] = cell;
                extrasEnd += 2;
            }
            cells[at + i] = origins[from + i] + (cell - h << shift);
            element = element + 1 == size ? 0 : element + 1;
        }
        return extrasEnd;
    }
}
