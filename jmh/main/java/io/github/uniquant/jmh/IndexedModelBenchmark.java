package io.github.uniquant.jmh;

import io.github.uniquant.BitStrings;
import io.github.uniquant.LocationScaleIndexedEntropyModel;
import io.github.uniquant.UnitDecoder;
import io.github.uniquant.UnitEncoder;
import io.github.uniquant.jmh.data.Draws;
import io.github.uniquant.jmh.data.ElementCounter;
import io.github.uniquant.prior.NoisyNormal;
import io.github.uniquant.prior.Prior;
import io.github.uniquant.tensor.ElementType;
import io.github.uniquant.tensor.Shape;
import io.github.uniquant.tensor.Tensor;
import java.util.Arrays;
import java.util.random.RandomGenerator;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Setup;

/**
 * The latents of a hyperprior: normal about a location of each element, with one of 64 scales from 0.11 to 256, whose index each
 * element has; most are small. Tensors of (8, 16, 16, 192) to 8 strings, and back to a new tensor; and one unit after the
 * other by unit coders, whose indexes and locations are copied to their tensors first.
 */
public class IndexedModelBenchmark extends ForkedBenchmark {
    private static final Shape SHAPE = Shape.of(8, 16, 16, 192);
    private static final int SCALES = 64;
    private static final double SPREAD = 12; // of indexes
    private static final long SEED = 41;

    @Param({"vector", "scalar"})
    public String path = "";

    @Param({"int32", "float32"})
    public String indexType = "";

    private LocationScaleIndexedEntropyModel model;
    private Tensor tensor;
    private Tensor indexes;
    private Tensor locations;
    private BitStrings strings;
    private UnitEncoder encoder;
    private UnitDecoder decoder;
    private Tensor unitIndexes;
    private float[] unitLocations;
    private byte[] out;
    private byte[][] unitStrings;
    private float[] decoded;
    private int next;

    @Setup
    public void setUp() {
        KernelPath.select(path);
        double[] scales = Draws.logSpaced(0.11, 256, SCALES);
        Prior prior = NoisyNormal.of(Shape.of(SCALES), new double[SCALES], scales);
        model = LocationScaleIndexedEntropyModel.builder(prior)
                .codingRank(3)
                .compression(true)
                .build();
        draw(scales);
        strings = model.compress(tensor, indexes, locations);
        check(
                model.decompress(strings, indexes, locations).equals(model.quantize(tensor, locations)),
                "decompressing gives the tensor, rounded about its locations");
        setUpUnits();
        KernelPath.confirm(path);
    }

    private void setUpUnits() {
        Shape unit = SHAPE.trailing(3);
        int elements = (int) unit.elements();
        unitIndexes = Tensor.zeros(indexes.type(), unit);
        unitLocations = new float[elements];
        Tensor locationsOfUnit = Tensor.of(unit, unitLocations);
        encoder = model.newEncoder(unitIndexes, locationsOfUnit);
        decoder = model.newDecoder(unitIndexes, locationsOfUnit);
        out = new byte[Math.toIntExact(encoder.maxBytes())];
        decoded = new float[elements];
        unitStrings = new byte[strings.count()][];
        float[] expected = model.quantize(tensor, locations).floats();
        for (int u = 0; u < unitStrings.length; u++) {
            unitStrings[u] = strings.get(u);
            selectUnit();
            int length = encoder.encode(tensor.floats(), next * elements, out, 0);
            check(
                    Arrays.equals(out, 0, length, strings.get(next), 0, strings.length(next)),
                    "a unit's string is that of the batch");
            decoder.decode(out, 0, length, decoded, 0);
            check(
                    Arrays.equals(decoded, 0, elements, expected, next * elements, (next + 1) * elements),
                    "decoding gives the unit, rounded about its locations");
        }
    }

    private void selectUnit() {
        next = next + 1 == unitStrings.length ? 0 : next + 1;
        int elements = unitLocations.length;
        System.arraycopy(locations.floats(), next * elements, unitLocations, 0, elements);
        if (indexes.type() == ElementType.INT32) {
            System.arraycopy(indexes.ints(), next * elements, unitIndexes.ints(), 0, elements);
        } else {
            System.arraycopy(indexes.floats(), next * elements, unitIndexes.floats(), 0, elements);
        }
    }

    private void draw(double[] scales) {
        RandomGenerator random = Draws.generator(SEED);
        int count = (int) SHAPE.elements();
        int[] indexOf = new int[count];
        float[] locationOf = new float[count];
        float[] values = new float[count];
        for (int i = 0; i < count; i++) {
            indexOf[i] = Math.min((int) Math.abs(random.nextGaussian() * SPREAD), SCALES - 1);
            locationOf[i] = (float) (3 * random.nextGaussian());
            values[i] = (float) (locationOf[i] + scales[indexOf[i]] * random.nextGaussian());
        }
        tensor = Tensor.of(SHAPE, values);
        locations = Tensor.of(SHAPE, locationOf);
        indexes = switch (indexType) {
            case "int32" -> Tensor.of(SHAPE, indexOf);
            case "float32" -> {
                float[] floats = new float[count];
                for (int i = 0; i < count; i++) {
                    floats[i] = indexOf[i];
                }
                yield Tensor.of(SHAPE, floats);
            }
            default -> throw new IllegalArgumentException("indexType must be int32 or float32: indexType=" + indexType);
        };
    }

    @Benchmark
    public BitStrings compress(ElementCounter counter) {
        BitStrings compressed = model.compress(tensor, indexes, locations);
        counter.add(tensor.size(), compressed.totalBytes());
        return compressed;
    }

    @Benchmark
    public Tensor decompress(ElementCounter counter) {
        counter.add(tensor.size(), strings.totalBytes());
        return model.decompress(strings, indexes, locations);
    }

    @Benchmark
    public byte[] encodeUnit(ElementCounter counter) {
        selectUnit();
        counter.add(decoded.length, encoder.encode(tensor.floats(), next * decoded.length, out, 0));
        return out;
    }

    @Benchmark
    public float[] decodeUnit(ElementCounter counter) {
        selectUnit();
        byte[] string = unitStrings[next];
        counter.add(decoded.length, decoder.decode(string, 0, string.length, decoded, 0));
        return decoded;
    }
}
