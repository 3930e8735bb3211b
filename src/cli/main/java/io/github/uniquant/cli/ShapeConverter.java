package io.github.uniquant.cli;

import io.github.uniquant.tensor.Shape;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.TypeConversionException;

/** Dimensions joined by commas; nothing at all is the shape of a scalar. */
final class ShapeConverter implements ITypeConverter<Shape> {
    @Override
    public Shape convert(String value) {
        try {
            return parse(value);
        } catch (IllegalArgumentException e) {
            throw new TypeConversionException("must be dimensions of at least 0 joined by commas, not '" + value + "'");
        }
    }

    /** The shape that a text means. */
    static Shape parse(String value) {
        if (value.isBlank()) {
            return Shape.scalar();
        }
        String[] parts = value.split(",", -1);
        int[] dims = new int[parts.length];
        for (int i = 0; i < parts.length; i++) {
            dims[i] = Integer.parseInt(parts[i].strip());
        }
        return Shape.of(dims);
    }
}
