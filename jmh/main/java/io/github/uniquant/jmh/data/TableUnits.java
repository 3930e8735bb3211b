package io.github.uniquant.jmh.data;

import io.github.uniquant.dither.Dither;
import io.github.uniquant.dither.NoiseOffsets;
import io.github.uniquant.prior.NoisyNormal;
import io.github.uniquant.quantize.Quantizer;
import io.github.uniquant.table.CdfTableBuilder;
import io.github.uniquant.table.CdfTables;
import io.github.uniquant.tensor.ElementType;
import io.github.uniquant.tensor.Shape;
import java.util.Arrays;

/**
 * Units of symbols that all use many tables: 16 x 16 positions of 192 channels, whose scales run from 0.11 to 64, at 15
 * noise levels, precision 12 and tail mass 2^-8: 2880 tables. The symbols lie in row-major order, channels innermost.
 *
 * @param tables the 2880, and 15 more whose only symbol is as good as certain
 * @param tableOf the table of each element, the same for every unit
 * @param units symbols, a row for each unit
 */
public record TableUnits(CdfTables tables, int[] tableOf, int[][] units) {
    private static final int CHANNELS = 192;
    private static final int NUM_NOISE_LEVELS = 15;
    private static final int PRECISION = 12;
    private static final double TAIL_MASS = 0x1p-8;
    private static final int UNIT_ELEMENTS = 16 * 16 * CHANNELS;
    private static final int UNITS = 16;
    private static final long SEED = 30;

    /** A scale at which the noise alone decides: every value rounds to 0. */
    private static final double CERTAIN_SCALE = 1e-8;

    /**
     * Units of a kind: {@code drawn} from the prior, escapes as they fall; {@code quiet}, each element its table's
     * likeliest symbol; {@code pca}, drawn, but with certain symbols in the last half, as of components without variance.
     */
    public static TableUnits of(String source) {
        int[] tableOf = new int[UNIT_ELEMENTS];
        float[] offsets = new float[UNIT_ELEMENTS];
        NoisyNormal prior = prior();
        lay(prior, source.equals("pca") ? UNIT_ELEMENTS / 2 : UNIT_ELEMENTS, tableOf, offsets);
        CdfTables tables = CdfTableBuilder.build(prior, NUM_NOISE_LEVELS, TAIL_MASS, PRECISION, ElementType.FLOAT32);
        int[][] units = new int[UNITS][];
        for (int u = 0; u < UNITS; u++) {
            units[u] = switch (source) {
                case "drawn", "pca" -> drawn(prior, tableOf, offsets, SEED + u);
                case "quiet" -> likeliest(tables, tableOf);
                default -> throw new IllegalArgumentException("source must be drawn, quiet or pca: source=" + source);
            };
        }
        return new TableUnits(tables, tableOf, units);
    }

    /** The channels, and behind them the certain one. */
    private static NoisyNormal prior() {
        double[] scales = Arrays.copyOf(Draws.logSpaced(0.11, 64, CHANNELS), CHANNELS + 1);
        scales[CHANNELS] = CERTAIN_SCALE;
        return NoisyNormal.of(Shape.of(scales.length), new double[scales.length], scales);
    }

    /** Lays the tables and offsets of a unit; elements from {@code firstCertain} on are of the certain channel. */
    private static void lay(NoisyNormal prior, int firstCertain, int[] tableOf, float[] offsets) {
        Dither.tfc().levels(0, 0, UNIT_ELEMENTS, NUM_NOISE_LEVELS, tableOf, 0);
        for (int i = 0; i < UNIT_ELEMENTS; i++) {
            int level = tableOf[i];
            offsets[i] = (float) NoiseOffsets.offset(level, NUM_NOISE_LEVELS);
            tableOf[i] = level * prior.size() + (i < firstCertain ? i % CHANNELS : CHANNELS);
        }
    }

    private static int[] drawn(NoisyNormal prior, int[] tableOf, float[] offsets, long seed) {
        int priorSize = prior.size();
        float[] values = Draws.bottleneck(prior, i -> tableOf[i] % priorSize, UNIT_ELEMENTS, seed);
        int[] symbols = new int[UNIT_ELEMENTS];
        Quantizer.quantize(values, 0, offsets, 0, UNIT_ELEMENTS, symbols, 0, 0);
        return symbols;
    }

    private static int[] likeliest(CdfTables tables, int[] tableOf) {
        int[] symbols = new int[UNIT_ELEMENTS];
        for (int i = 0; i < UNIT_ELEMENTS; i++) {
            int best = 0;
            for (int cell = 1; cell < tables.cells(tableOf[i]) - 1; cell++) {
                if (tables.frequency(tableOf[i], cell) > tables.frequency(tableOf[i], best)) {
                    best = cell;
                }
            }
            symbols[i] = tables.offset(tableOf[i]) + best;
        }
        return symbols;
    }
}
