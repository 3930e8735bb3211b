package io.github.uniquant.cli;

import io.github.uniquant.UniversalBatchedEntropyModel;
import io.github.uniquant.dither.NoiseOffsets;
import io.github.uniquant.symbol.OverflowCode;
import io.github.uniquant.table.CdfTables;
import io.github.uniquant.tensor.Tensor;

/** What a tensor must cost under a model's tables, whatever the coder: the information of its symbols. */
final class IdealSize {
    private IdealSize() {}

    /**
     * The bits of all symbols: p - log2 f for a cell of f of the 2^p slots, and for a symbol outside the table the bits
     * of its gamma code.
     *
     * @param decoded what the model's strings decode to, before it is multiplied by a step; one coding unit
     */
    static double bits(UniversalBatchedEntropyModel model, Tensor decoded) {
        CdfTables tables = model.tables();
        int levels = model.numNoiseLevels();
        int priors = (int) model.priorShape().elements();
        int[] level = new int[decoded.size()];
        model.dither().levels(0, 0, level.length, levels, level, 0);
        double bits = 0;
        for (int i = 0; i < level.length; i++) {
            int table = level[i] * priors + i % priors;
            int overflow = tables.cells(table) - 1;
            long symbol = Math.round(decoded.get(i) - NoiseOffsets.offset(level[i], levels));
            long value = symbol - tables.offset(table);
            boolean inside = value >= 0 && value < overflow;
            int cell = inside ? (int) value : overflow;
            bits += tables.precision() - Math.log(tables.frequency(table, cell)) / Math.log(2);
            if (!inside) {
                bits += OverflowCode.bits(Math.abs(OverflowCode.signedGamma(value, overflow)));
            }
        }
        return bits;
    }
}
