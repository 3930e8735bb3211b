package io.github.uniquant.cli;

import io.github.uniquant.tensor.Shape;
import io.github.uniquant.tensor.Tensor;
import java.awt.image.BufferedImage;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.lang.foreign.MemorySegment;
import java.util.Arrays;
import java.util.Objects;
import javax.imageio.ImageIO;

/**
 * A grey picture whose sides are multiples of 8.
 *
 * @param pixels from 0 to 255, row by row
 */
record Photograph(int height, int width, int[] pixels) {
    private static final int MAX_PIXEL = 255;
    private static final int MIDDLE = 128;

    /** "Ascent", 512 x 512 pixels, in the public domain. */
    static Photograph ascent() {
        try (InputStream stream =
                Objects.requireNonNull(Photograph.class.getResourceAsStream("ascent.npy"), "ascent.npy")) {
            Tensor tensor = NpyFile.ints(MemorySegment.ofArray(stream.readAllBytes()));
            return new Photograph(tensor.shape().dim(0), tensor.shape().dim(1), tensor.ints());
        } catch (IOException e) {
            throw new AssertionError("a resource of the jar is readable", e);
        }
    }

    /** The DCT of each 8x8 block of pixels less 128, of shape (block rows, block columns, 64). */
    Tensor toCoefficients() {
        Shape shape = Shape.of(height / BlockDct.SIZE, width / BlockDct.SIZE, BlockDct.AREA);
        float[] values = new float[pixels.length];
        double[] samples = new double[BlockDct.AREA];
        for (int block = 0; block < pixels.length / BlockDct.AREA; block++) {
            for (int i = 0; i < BlockDct.AREA; i++) {
                samples[i] = pixels[pixel(block, i, width)] - MIDDLE;
            }
            double[] coefficients = BlockDct.forward(samples);
            for (int i = 0; i < BlockDct.AREA; i++) {
                values[block * BlockDct.AREA + i] = (float) coefficients[i];
            }
        }
        return Tensor.of(shape, values);
    }

    /** The picture that coefficients stand for, rounded and clipped to pixels. */
    static Photograph ofCoefficients(Tensor coefficients) {
        int height = coefficients.shape().dim(0) * BlockDct.SIZE;
        int width = coefficients.shape().dim(1) * BlockDct.SIZE;
        int[] pixels = new int[height * width];
        for (int block = 0; block < pixels.length / BlockDct.AREA; block++) {
            double[] values = new double[BlockDct.AREA];
            for (int i = 0; i < BlockDct.AREA; i++) {
                values[i] = coefficients.get(block * BlockDct.AREA + i);
            }
            double[] samples = BlockDct.inverse(values);
            for (int i = 0; i < BlockDct.AREA; i++) {
                pixels[pixel(block, i, width)] = Math.clamp(Math.round(samples[i]) + MIDDLE, 0, MAX_PIXEL);
            }
        }
        return new Photograph(height, width, pixels);
    }

    /** The index of pixel {@code i} of a block. */
    private static int pixel(int block, int i, int width) {
        int blocksPerRow = width / BlockDct.SIZE;
        int row = block / blocksPerRow * BlockDct.SIZE + i / BlockDct.SIZE;
        int column = block % blocksPerRow * BlockDct.SIZE + i % BlockDct.SIZE;
        return row * width + column;
    }

    /** The peak signal-to-noise ratio of another picture of the same size, in decibels. */
    double psnr(Photograph other) {
        double squares = 0;
        for (int i = 0; i < pixels.length; i++) {
            double error = pixels[i] - other.pixels[i];
            squares += error * error;
        }
        return 10 * Math.log10((double) MAX_PIXEL * MAX_PIXEL * pixels.length / squares);
    }

    void writePng(OutputStream out) throws IOException {
        BufferedImage image = new BufferedImage(width, height, BufferedImage.TYPE_BYTE_GRAY);
        image.getRaster().setPixels(0, 0, width, height, pixels);
        if (!ImageIO.write(image, "png", out)) {
            throw new IOException("this Java has no writer of PNG files");
        }
    }

    @Override
    public boolean equals(Object other) {
        return other instanceof Photograph photograph
                && height == photograph.height
                && width == photograph.width
                && Arrays.equals(pixels, photograph.pixels);
    }

    @Override
    public int hashCode() {
        return Arrays.hashCode(pixels);
    }

    @Override
    public String toString() {
        return "Photograph[height=" + height + ", width=" + width + "]";
    }
}
