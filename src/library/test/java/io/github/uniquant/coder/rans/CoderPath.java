package io.github.uniquant.coder.rans;

import io.github.uniquant.coder.SymbolDecoder;
import io.github.uniquant.coder.SymbolEncoder;
import io.github.uniquant.internal.kernel.KernelProvider;
import io.github.uniquant.internal.kernel.Kernels;
import java.util.Arrays;
import java.util.List;
import java.util.function.Function;

/** A way through the production coder. All of them must write the same bytes and read each other's. */
record CoderPath(
        String name,
        Function<RansTables, SymbolEncoder> newEncoder,
        Function<RansTables, SymbolDecoder> newDecoder,
        Function<RansTables, SymbolDecoder> newUncheckedDecoder) {
    /** Every path that this process can run: the scalar kernels, and the vector kernels where it has chosen them. */
    static List<CoderPath> all() {
        Kernels scalar = KernelProvider.scalar();
        Kernels chosen = KernelProvider.kernels();
        return chosen.equals(scalar) ? List.of(of(scalar)) : List.of(of(scalar), of(chosen));
    }

    private static CoderPath of(Kernels kernels) {
        return new CoderPath(
                kernels.name(),
                tables -> new RansEncoder(tables, kernels),
                tables -> new RansDecoder(tables, true, kernels),
                tables -> new RansDecoder(tables, false, kernels));
    }

    byte[] encode(RansTables tables, CodingUnit unit) {
        SymbolEncoder encoder = newEncoder.apply(tables);
        byte[] out = new byte[(int) Math.min(encoder.maxBytes(unit.elements()), Integer.MAX_VALUE - 8)];
        int length = encoder.encode(unit.symbols(), 0, unit.tableOf(), 0, unit.elements(), out, 0, out.length);
        return Arrays.copyOf(out, length);
    }

    /** Decodes a string that all of it must be used up. */
    int[] decode(RansTables tables, int[] tableOf, byte[] string) {
        int[] symbols = new int[tableOf.length];
        int consumed =
                newDecoder.apply(tables).decode(string, 0, string.length, tableOf, 0, tableOf.length, symbols, 0);
        if (consumed != string.length) {
            throw new AssertionError("the decoder must use the whole string: consumed=" + consumed + " length="
                    + string.length + " path=" + name);
        }
        return symbols;
    }

    @Override
    public String toString() {
        return name;
    }
}
