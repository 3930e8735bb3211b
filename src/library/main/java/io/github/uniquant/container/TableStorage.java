package io.github.uniquant.container;

/** How a file keeps the tables of a model that it holds. */
public enum TableStorage {
    /**
     * By their hash alone where the prior gives the same tables again, which is tried when writing and checked when
     * reading; as they are where it does not. The smallest file.
     */
    REBUILT,
    /** As they are. Larger, and read without building anything. */
    STORED
}
