package io.github.uniquant.jmh;

import io.github.uniquant.fit.Family;
import io.github.uniquant.fit.PriorFitter;
import io.github.uniquant.jmh.data.Draws;
import io.github.uniquant.prior.NoisyNormal;
import io.github.uniquant.prior.Prior;
import io.github.uniquant.tensor.Shape;
import io.github.uniquant.tensor.Tensor;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.Warmup;

/**
 * Fits of 192 channels to about a million values, normal ones with scales from 0.11 to 64, on one core: seconds a fit. The
 * deep factorized prior has filters (3, 3).
 */
@BenchmarkMode(Mode.SingleShotTime)
@OutputTimeUnit(TimeUnit.SECONDS)
@Warmup(iterations = 1)
@Measurement(iterations = 3)
public class FitBenchmark extends ForkedBenchmark {
    private static final int CHANNELS = 192;
    private static final int VALUES = 5208 * CHANNELS;
    private static final long SEED = 41;

    /** By how much a fitted prior may cost more than the one that the values were drawn from, in nats a value. */
    private static final double LARGEST_EXCESS = 0.01;

    @Param({"vector", "scalar"})
    public String path = "";

    @Param({"normal", "deep-factorized"})
    public String prior = "";

    private Family family;
    private Shape shape;
    private Tensor values;

    @Setup
    public void setUp() {
        KernelPath.select(path);
        family = switch (prior) {
            case "normal" -> Family.NORMAL;
            case "deep-factorized" -> Family.DEEP_FACTORIZED;
            default -> throw new IllegalArgumentException("not a prior of this benchmark: prior=" + prior);
        };
        shape = Shape.of(CHANNELS);
        Prior source = NoisyNormal.of(shape, new double[CHANNELS], Draws.logSpaced(0.11, 64, CHANNELS));
        float[] drawn = Draws.bottleneck(source, i -> i % CHANNELS, VALUES, SEED);
        values = Tensor.of(Shape.of(VALUES / CHANNELS, CHANNELS), drawn);
        double excess = nats(fit()) - nats(source);
        check(excess < LARGEST_EXCESS, "a fit costs what the source of the values costs: excess=" + excess);
        KernelPath.confirm(path);
    }

    private double nats(Prior of) {
        double[] y = values.toDoubles();
        double[] logProbs = new double[y.length];
        of.logProb(y, 0, 0, y.length, logProbs, 0);
        double sum = 0;
        for (double logProb : logProbs) {
            sum -= logProb;
        }
        return sum / y.length;
    }

    @Benchmark
    public Prior fit() {
        return PriorFitter.fit(values, family, shape);
    }
}
