package io.github.uniquant;

/** The layout of a coding unit's bit string. The id is its name in configurations and files; any other id is refused by name. */
public enum CoderFormat {
    /** Multi-lane rANS, this library's own format; {@code docs/format.md} specifies it. */
    RANS("rans-1"),
    /** TensorFlow Compression's range coder: its strings are read and written as they are. */
    TFC_RANGE("tfc-range"),
    /**
     * As {@link #RANS}, with cells that are computed from the prior's parameters instead of tables: for noisy normal,
     * logistic and Laplace priors, with any number of noise levels; {@code docs/table-free.md} explains.
     */
    RANS_FREE("rans-free-1");

    private final String id;

    CoderFormat(String id) {
        this.id = id;
    }

    /** The name in configurations and files. */
    public String id() {
        return id;
    }

    /** The format with this {@link #id()}. */
    public static CoderFormat ofId(String id) {
        for (CoderFormat format : values()) {
            if (format.id.equals(id)) {
                return format;
            }
        }
        throw new IllegalArgumentException("the coder format must be one of rans-1, tfc-range, rans-free-1: id=" + id);
    }
}
