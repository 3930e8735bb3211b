package io.github.uniquant.jmh.report;

import io.github.uniquant.BitStrings;
import io.github.uniquant.CoderFormat;
import io.github.uniquant.UniversalBatchedEntropyModel;
import io.github.uniquant.internal.kernel.KernelProvider;
import io.github.uniquant.jmh.KernelPath;
import io.github.uniquant.jmh.data.Workload;
import io.github.uniquant.tensor.Shape;
import io.github.uniquant.tensor.Tensor;
import java.io.BufferedInputStream;
import java.io.BufferedOutputStream;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.nio.file.Files;
import java.nio.file.Path;

/**
 * The first calls of one process, back to back: compress a unit of 4,096 elements, and decompress it.
 *
 * @param path as {@link KernelPath#select} takes it
 * @param load the machine's load average when the process started, which is other work mostly; negative where not known
 * @param buildNanos the time that the model took to build, with its tables
 * @param switchedAt index of the first call that ended on other kernels than the first one; -1 where none did
 * @param switchedNanos time from the first call to that one
 * @param compress nanoseconds of each call
 * @param decompress the same
 */
record ColdStartRun(
        String path,
        double load,
        long buildNanos,
        int switchedAt,
        long switchedNanos,
        long[] compress,
        long[] decompress) {
    private static final int TENSORS = 16;

    /** Makes one run, {@code PATH CALLS FILE}, in a process that has done nothing before. */
    public static void main(String[] arguments) throws IOException {
        KernelPath.select(arguments[0]);
        make(arguments[0], Integer.parseInt(arguments[1])).write(Path.of(arguments[2]));
    }

    private static ColdStartRun make(String path, int calls) {
        double load = ManagementFactory.getOperatingSystemMXBean().getSystemLoadAverage();
        Workload job = Workload.request();
        Tensor[] tensors = new Tensor[TENSORS];
        float[] drawn = job.draw().floats();
        for (int i = 0; i < TENSORS; i++) {
            float[] values = new float[drawn.length];
            for (int j = 0; j < values.length; j++) {
                // Rows differ and channels stay.
                values[j] = drawn[(j + i * drawn.length / TENSORS) % drawn.length];
            }
            tensors[i] = Tensor.of(job.shape(), values);
        }
        Shape broadcastShape = job.broadcastShape();
        long start = System.nanoTime();
        UniversalBatchedEntropyModel model = job.model(CoderFormat.RANS);
        long buildNanos = System.nanoTime() - start;
        // Loads the classes, by a unit of one row: the first call is to be one of code that never ran, not of files.
        UniversalBatchedEntropyModel other = job.model(CoderFormat.RANS);
        Tensor row = Tensor.of(Shape.of(1, 64), new float[64]);
        other.decompress(other.compress(row), Shape.of(1));

        long[] compress = new long[calls];
        long[] decompress = new long[calls];
        int switchedAt = -1;
        long switchedNanos = 0;
        String first = KernelProvider.kernels().name();
        start = System.nanoTime();
        for (int i = 0; i < calls; i++) {
            long before = System.nanoTime();
            BitStrings strings = model.compress(tensors[i % TENSORS]);
            long between = System.nanoTime();
            Tensor decoded = model.decompress(strings, broadcastShape);
            long after = System.nanoTime();
            compress[i] = between - before;
            decompress[i] = after - between;
            if (decoded.size() != tensors[0].size()) {
                throw new AssertionError("decoding gives as many elements");
            }
            if (switchedAt < 0 && !KernelProvider.kernels().name().equals(first)) {
                switchedAt = i;
                switchedNanos = after - start;
            }
        }
        return new ColdStartRun(path, load, buildNanos, switchedAt, switchedNanos, compress, decompress);
    }

    private void write(Path file) throws IOException {
        try (DataOutputStream out = new DataOutputStream(new BufferedOutputStream(Files.newOutputStream(file)))) {
            out.writeUTF(path);
            out.writeDouble(load);
            out.writeLong(buildNanos);
            out.writeInt(switchedAt);
            out.writeLong(switchedNanos);
            out.writeInt(compress.length);
            for (int i = 0; i < compress.length; i++) {
                out.writeLong(compress[i]);
                out.writeLong(decompress[i]);
            }
        }
    }

    static ColdStartRun read(Path file) throws IOException {
        try (DataInputStream in = new DataInputStream(new BufferedInputStream(Files.newInputStream(file)))) {
            String path = in.readUTF();
            double load = in.readDouble();
            long buildNanos = in.readLong();
            int switchedAt = in.readInt();
            long switchedNanos = in.readLong();
            int calls = in.readInt();
            long[] compress = new long[calls];
            long[] decompress = new long[calls];
            for (int i = 0; i < calls; i++) {
                compress[i] = in.readLong();
                decompress[i] = in.readLong();
            }
            return new ColdStartRun(path, load, buildNanos, switchedAt, switchedNanos, compress, decompress);
        }
    }
}
