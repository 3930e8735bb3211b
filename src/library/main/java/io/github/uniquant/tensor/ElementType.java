package io.github.uniquant.tensor;

/** The type of a tensor's elements. The id is the name used in configurations and files, and is TensorFlow's. */
public enum ElementType {
    /** IEEE 754 binary16, kept as its bits in a {@code short}. */
    FLOAT16("float16", Short.BYTES),
    /** The upper half of a binary32, kept as its bits in a {@code short}. */
    BFLOAT16("bfloat16", Short.BYTES),
    FLOAT32("float32", Float.BYTES),
    FLOAT64("float64", Double.BYTES),
    INT32("int32", Integer.BYTES);

    private final String id;
    private final int bytes;

    ElementType(String id, int bytes) {
        this.id = id;
        this.bytes = bytes;
    }

    /** The name in configurations and files. */
    public String id() {
        return id;
    }

    /** Bytes of one element. */
    public int bytes() {
        return bytes;
    }

    public boolean isFloating() {
        return this != INT32;
    }

    /** The type with this {@link #id()}. */
    public static ElementType ofId(String id) {
        for (ElementType type : values()) {
            if (type.id.equals(id)) {
                return type;
            }
        }
        throw new IllegalArgumentException(
                "element type must be one of float16, bfloat16, float32, float64, int32: id=" + id);
    }
}
