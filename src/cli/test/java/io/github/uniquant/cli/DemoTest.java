package io.github.uniquant.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import io.github.uniquant.prior.NoisyLaplace;
import io.github.uniquant.tensor.Shape;
import io.github.uniquant.tensor.Tensor;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.SplittableRandom;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import javax.imageio.ImageIO;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class DemoTest {
    @TempDir
    @SuppressWarnings("NullAway.Init")
    private Path folder;

    @Test
    void theTransformIsOrthonormal() {
        SplittableRandom random = new SplittableRandom(1);
        double[] samples = new double[BlockDct.AREA];
        Arrays.setAll(samples, i -> random.nextGaussian());
        double[] coefficients = BlockDct.forward(samples);
        assertThat(BlockDct.inverse(coefficients)).containsExactly(samples, within(1e-12));
        assertThat(energy(coefficients)).isCloseTo(energy(samples), within(1e-11));
        double[] flat = new double[BlockDct.AREA];
        Arrays.fill(flat, 3);
        assertThat(BlockDct.forward(flat)[0]).isCloseTo(24, within(1e-12));
        // One row of frequency 1 alone: the horizontal neighbour of the constant, not the vertical one.
        Arrays.setAll(samples, i -> Math.cos(Math.PI * (2 * (i % 8) + 1) / 16));
        assertThat(BlockDct.forward(samples)[1]).isCloseTo(Math.sqrt(32), within(1e-12));
    }

    private static double energy(double[] values) {
        return Arrays.stream(values).map(value -> value * value).sum();
    }

    @Test
    void aPhotographComesBackFromItsCoefficients() {
        Photograph ascent = Photograph.ascent();
        assertThat(ascent.pixels()).hasSize(512 * 512);
        Photograph back = Photograph.ofCoefficients(ascent.toCoefficients());
        assertThat(back.pixels()).isEqualTo(ascent.pixels());
        int[] brighter = Arrays.stream(ascent.pixels()).map(pixel -> pixel + 1).toArray();
        assertThat(ascent.psnr(new Photograph(512, 512, brighter))).isCloseTo(20 * Math.log10(255), within(1e-9));
    }

    @Test
    void posteriorMeansLieWithinHalfAStepAndMoveTowardsThePrior() {
        NoisyLaplace prior = NoisyLaplace.of(Shape.of(3), new double[] {0, 0, 5}, new double[] {1e-6, 100, 1});
        Tensor decoded = Tensor.of(Shape.of(2, 3), 0.3f, 0.3f, 5.25f, -0.49f, 7f, 40f);
        double[] mean = PosteriorMean.of(prior.base(), decoded).toDoubles();
        assertThat(mean[0]).isCloseTo(0, within(1.0 / 64)); // all of the prior lies in one part
        assertThat(mean[1]).isCloseTo(0.3, within(0.001)); // the prior is flat there
        assertThat(mean[2]).isBetween(5.0, 5.25);
        assertThat(mean[3]).isCloseTo(0, within(1.0 / 64));
        assertThat(mean[4]).isCloseTo(7, within(0.001));
        // On (39.5, 40.5) the density falls as exp(-x): the mean is 39.5 + 1 - 1 / (e - 1).
        assertThat(mean[5]).isCloseTo(40.5 - 1 / (Math.E - 1), within(0.001));
    }

    @Test
    void theDemoShowsWhatItPromises() throws IOException {
        Path output = folder.resolve("pictures");
        Run run = Run.uniquant("demo", "-o", output);
        assertThat(run.exitCode()).as(run.err()).isZero();
        assertThat(run.out()).contains(output.toString());

        // step, family, bits per pixel, PSNR, PSNR of the mean, file, string, ideal
        Matcher row = Pattern.compile(
                        "^ *(\\d+)  Noisy\\w+ +([\\d.]+) +([\\d.]+) dB +([\\d.]+) dB +([\\d,]+) +([\\d,]+)"
                                + " +([\\d,]+)",
                        Pattern.MULTILINE)
                .matcher(run.out());
        double[][] bounds = {{8, 2.3, 40.9, 42}, {16, 1.6, 35.0, 37}, {32, 1.05, 29.0, 33}};
        for (double[] bound : bounds) {
            assertThat(row.find()).as(run.out()).isTrue();
            assertThat(Double.parseDouble(row.group(1))).isEqualTo(bound[0]);
            assertThat(Double.parseDouble(row.group(2))).isLessThan(bound[1]);
            assertThat(Double.parseDouble(row.group(3))).isBetween(bound[2], bound[2] + 0.3);
            assertThat(Double.parseDouble(row.group(4))).isGreaterThan(bound[3]);
            double ideal = number(row.group(7));
            assertThat(number(row.group(6))).isBetween(ideal - 1, ideal * 1.0005 + 4);
            assertThat(Files.size(output.resolve(row.group(1) + ".uq"))).isEqualTo((long) number(row.group(5)));
        }
        assertThat(run.out()).containsPattern("32  compress +[\\d.]+ .*decompress +[\\d.]+");
        for (String name : List.of("before", "decoded-8", "decoded-16", "decoded-32", "mean-8", "mean-16", "mean-32")) {
            assertThat(ImageIO.read(output.resolve(name + ".png").toFile()).getWidth())
                    .isEqualTo(512);
        }
        assertThat(Run.uniquant("verify", output.resolve("16.uq")).exitCode()).isZero();
    }

    private static double number(String text) {
        return Double.parseDouble(text.replace(",", ""));
    }
}
