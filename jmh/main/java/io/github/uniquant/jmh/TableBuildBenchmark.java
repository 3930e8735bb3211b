package io.github.uniquant.jmh;

import io.github.uniquant.UniversalBatchedEntropyModel;
import io.github.uniquant.jmh.data.Draws;
import io.github.uniquant.prior.NoisyDeepFactorized;
import io.github.uniquant.prior.NoisyNormal;
import io.github.uniquant.prior.Prior;
import io.github.uniquant.table.CdfTableBuilder;
import io.github.uniquant.table.CdfTables;
import io.github.uniquant.table.PmfQuantizer;
import io.github.uniquant.tensor.ElementType;
import io.github.uniquant.tensor.Shape;
import io.github.uniquant.tensor.Tensor;
import io.github.uniquant.tensor.Variable;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Setup;

/**
 * All tables of a model, at 15 noise levels, precision 12 and tail mass 2^-8: normal priors of 192 or 768 channels with
 * scales from 0.11 to 64, or deep factorized ones with filters (3, 3). Beside a new builder and a kept one, the whole model:
 * its tables, and what the native coder makes of them.
 */
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.MILLISECONDS)
public class TableBuildBenchmark extends ForkedBenchmark {
    private static final int NUM_NOISE_LEVELS = 15; // each offset is a multiple of 1/16
    private static final int PRECISION = 12;
    private static final double TAIL_MASS = 0x1p-8;

    @Param({"vector", "scalar"})
    public String path = "";

    @Param({"normal-192x15", "normal-768x15", "deep-factorized-192x15"})
    public String model = "";

    private Prior prior;
    private final CdfTableBuilder builder = new CdfTableBuilder();

    @Setup
    public void setUp() {
        KernelPath.select(path);
        prior = switch (model) {
            case "normal-192x15" -> normal(192);
            case "normal-768x15" -> normal(768);
            case "deep-factorized-192x15" -> deepFactorized(192);
            default -> throw new IllegalArgumentException("model must be one of the parameters: model=" + model);
        };
        CdfTables tables = rebuild();
        check(tables.count() == NUM_NOISE_LEVELS * prior.size(), "there is a table for each level and element");
        checkFrequencies(tables);
        check(tables.equals(build()), "a new builder makes the same tables");
        check(tables.equals(buildModel().tables()), "so does a model");
        KernelPath.confirm(path);
    }

    private static Prior normal(int channels) {
        return NoisyNormal.of(Shape.of(channels), new double[channels], Draws.logSpaced(0.11, 64, channels));
    }

    /** Initial parameters, moved at random as training would. */
    private static Prior deepFactorized(int channels) {
        SplittableRandom random = new SplittableRandom(channels);
        NoisyDeepFactorized initial = NoisyDeepFactorized.initial(Shape.of(channels), new int[] {3, 3}, 10, random);
        List<Tensor> moved = new ArrayList<>();
        for (Variable parameter : initial.parameters()) {
            double[] values = parameter.value().doubles().clone();
            for (int i = 0; i < values.length; i++) {
                values[i] += random.nextDouble() - 0.5;
            }
            moved.add(Tensor.of(parameter.value().shape(), values));
        }
        return initial.withParameters(moved);
    }

    /** Compares all tables with masses asked for one by one. */
    private void checkFrequencies(CdfTables tables) {
        PmfQuantizer quantizer = new PmfQuantizer();
        for (int table = 0; table < tables.count(); table++) {
            int element = table % prior.size();
            double offset = (table / prior.size() + 1) / 16.0 - 0.5;
            int cells = tables.cells(table);
            float[] pmf = new float[cells];
            double sum = 0;
            for (int cell = 0; cell < cells - 1; cell++) {
                double mass = prior.prob(element, tables.offset(table) + offset + cell);
                pmf[cell] = (float) mass;
                sum += mass;
            }
            pmf[cells - 1] = (float) Math.max(1 - sum, 0);
            int[] frequencies = new int[cells];
            quantizer.quantize(pmf, cells, PRECISION, frequencies);
            for (int cell = 0; cell < cells; cell++) {
                check(tables.frequency(table, cell) == frequencies[cell], "frequencies are those of single masses");
            }
        }
    }

    @Benchmark
    public CdfTables build() {
        return CdfTableBuilder.build(prior, NUM_NOISE_LEVELS, TAIL_MASS, PRECISION, ElementType.FLOAT32);
    }

    @Benchmark
    public CdfTables rebuild() {
        return builder.rebuild(prior, NUM_NOISE_LEVELS, TAIL_MASS, PRECISION, ElementType.FLOAT32);
    }

    @Benchmark
    public UniversalBatchedEntropyModel buildModel() {
        return UniversalBatchedEntropyModel.builder(prior)
                .codingRank(1)
                .compression(true)
                .numNoiseLevels(NUM_NOISE_LEVELS)
                .tailMass(TAIL_MASS)
                .rangeCoderPrecision(PRECISION)
                .build();
    }
}
