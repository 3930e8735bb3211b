package io.github.uniquant.cli;

import io.github.uniquant.BitStrings;
import io.github.uniquant.RateReport;
import io.github.uniquant.UniversalBatchedEntropyModel;
import io.github.uniquant.container.Step;
import io.github.uniquant.container.TensorFile;
import io.github.uniquant.container.TensorWriter;
import io.github.uniquant.fit.Family;
import io.github.uniquant.fit.PriorFitter;
import io.github.uniquant.tensor.Shape;
import io.github.uniquant.tensor.Tensor;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** The whole way, on a photograph: a picture codec of a hundred lines. */
@Command(
        name = "demo",
        header = "Compress a photograph and show what comes back.",
        description = {
            "",
            "The photograph (512 x 512, 8 bits, grey) becomes the coefficients of its 8x8 blocks, a float32 tensor of shape"
                    + " (64, 64, 64). At each of three steps a prior is fitted to each of the 64 coefficients, the tensor"
                    + " is compressed to a .uq file, read back, and turned into a picture again: once as it was decoded,"
                    + " noise and all, and once with each coefficient replaced by its mean under the prior."
        },
        footerHeading = "%nExample:%n",
        footer = "  uniquant demo -o pictures")
final class DemoCommand implements Runnable {
    private static final double[] STEPS = {8, 16, 32};
    private static final int WARM_UP_MILLIS = 4000;
    private static final int MEASURE_MILLIS = 300;

    @Spec
    @SuppressWarnings("NullAway.Init") // picocli sets it
    private CommandSpec spec;

    @Option(
            names = {"-o", "--output"},
            paramLabel = "DIR",
            defaultValue = "uniquant-demo",
            description = "Where the pictures and files go, made if it is not there; ${DEFAULT-VALUE} by default.")
    @SuppressWarnings("NullAway.Init")
    private Path folder;

    @Override
    public void run() {
        Messages messages = Messages.of(spec);
        try {
            Files.createDirectories(folder);
        } catch (IOException e) {
            throw CommandFailure.writing(folder, e);
        }
        Photograph before = Photograph.ascent();
        OutputFile.write(folder.resolve("before.png"), before::writePng);
        Tensor coefficients = before.toCoefficients();
        NpyFile.write(folder.resolve("coefficients.npy"), coefficients);
        messages.say("Photograph: " + before.width() + " x " + before.height() + " pixels, 8 bits per pixel; as 8x8 DCT"
                + " a float32 tensor of shape " + coefficients.shape() + ", one coding unit");
        messages.say("");
        messages.say(
                " step  prior           bits/pixel      PSNR  PSNR mean  file bytes  string bytes  ideal bytes    waste");
        List<Coded> coded = new ArrayList<>();
        for (double step : STEPS) {
            coded.add(code(before, coefficients, step, messages));
            messages.out().flush();
        }
        messages.say("");
        messages.say("bits/pixel: the whole .uq file, its model included");
        messages.say("PSNR:       of the picture as decoded, with the uniform noise of universal quantization;");
        messages.say("PSNR mean:  with each coefficient replaced by its mean, given prior and decoded value");
        messages.say("ideal:      the information of the symbols under the integer tables; waste is what the string has"
                + " beyond it");
        messages.say("");
        measure(coded, messages);
        messages.say("");
        messages.say("Pictures and files are in " + folder.toAbsolutePath().normalize() + ":");
        messages.say("  before.png, decoded-STEP.png, mean-STEP.png, coefficients.npy, STEP.uq");
    }

    /** A tensor at one step: in units of the step, and its string. */
    private record Coded(String name, UniversalBatchedEntropyModel model, Tensor tensor, BitStrings strings) {
        Shape broadcastShape() {
            return tensor.shape().leading(tensor.shape().rank() - 1);
        }

        void compress() {
            model.compress(tensor);
        }

        void decompress() {
            model.decompress(strings, broadcastShape());
        }
    }

    /** Goes the whole way at one step, and prints a row of the table. */
    private Coded code(Photograph before, Tensor coefficients, double stepValue, Messages messages) {
        UniversalBatchedEntropyModel model = UniversalBatchedEntropyModel.builder(
                        PriorFitter.fit(coefficients, Family.AUTO, Shape.of(BlockDct.AREA), stepValue))
                .codingRank(coefficients.shape().rank())
                .compression(true)
                .build();
        Step step = Step.of(stepValue, coefficients.type());
        String name = Numbers.plain(stepValue);
        Path file = folder.resolve(name + ".uq");
        OutputFile.write(file, TensorWriter.of(model).step(stepValue).toBytes(coefficients));

        record Read(Tensor tensor, long fileBytes, long stringBytes) {}
        Read read = InputFile.read(file, bytes -> {
            TensorFile tensor = TensorFile.of(bytes, model.limits());
            return new Read(tensor.decode(), tensor.totalBytes(), tensor.stringBytes());
        });
        Tensor divided = step.divide(coefficients);
        Coded coded = new Coded(name, model, divided, model.compress(divided));
        Tensor decoded = model.decompress(coded.strings, coded.broadcastShape());
        double ideal = RateReport.of(model, divided).total().idealBits() / Byte.SIZE;
        double waste = read.stringBytes / ideal - 1;
        if (!step.multiply(decoded).equals(read.tensor) || coded.strings.totalBytes() != read.stringBytes) {
            throw new IllegalStateException("the file must hold what the model codes: step=" + name);
        }
        Photograph noisy = Photograph.ofCoefficients(read.tensor);
        Photograph mean = Photograph.ofCoefficients(
                step.multiply(PosteriorMean.of(model.prior().base(), decoded)));
        OutputFile.write(folder.resolve("decoded-" + name + ".png"), noisy::writePng);
        OutputFile.write(folder.resolve("mean-" + name + ".png"), mean::writePng);
        messages.say(String.format(
                Locale.ROOT,
                "%5s  %-14s  %10.3f  %5.2f dB   %5.2f dB  %10s  %12s  %11s  %6.3f%%",
                name,
                model.prior().family(),
                8.0 * read.fileBytes / before.pixels().length,
                before.psnr(noisy),
                before.psnr(mean),
                Numbers.count(read.fileBytes),
                Numbers.count(read.stringBytes),
                Numbers.count(Math.round(ideal)),
                100 * waste));
        return coded;
    }

    /** Prints how fast the tensors are coded, once the compiler has done its work. */
    private static void measure(List<Coded> all, Messages messages) {
        repeat(
                WARM_UP_MILLIS,
                () -> all.forEach(coded -> {
                    coded.compress();
                    coded.decompress();
                }));
        messages.say("Speed, floats to string and back, one thread, in million elements (MB of floats) per second:");
        for (Coded coded : all) {
            double compress = coded.tensor.size() * 1e3 / repeat(MEASURE_MILLIS, coded::compress);
            double decompress = coded.tensor.size() * 1e3 / repeat(MEASURE_MILLIS, coded::decompress);
            messages.say(String.format(
                    Locale.ROOT,
                    "%5s  compress %6.1f (%.0f)  decompress %6.1f (%.0f)",
                    coded.name,
                    compress,
                    compress * Float.BYTES,
                    decompress,
                    decompress * Float.BYTES));
        }
    }

    /** Calls for some time; the nanoseconds of the fastest call. */
    private static long repeat(int millis, Runnable call) {
        long start = System.nanoTime();
        long fastest = Long.MAX_VALUE;
        for (long now = start; now - start < millis * 1_000_000L; ) {
            call.run();
            long end = System.nanoTime();
            fastest = Math.min(fastest, end - now);
            now = end;
        }
        return fastest;
    }
}
