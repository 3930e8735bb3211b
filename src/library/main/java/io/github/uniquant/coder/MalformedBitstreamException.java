package io.github.uniquant.coder;

/** Bytes that no encoder with these tables and this shape can have made. The message ends in the offset of the damage. */
public class MalformedBitstreamException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    private final long offset;

    /**
     * @param reason what is wrong with the bytes
     * @param offset index of the byte at which it showed, from the start of the string or file
     */
    public MalformedBitstreamException(String reason, long offset) {
        super(reason + ": offset=" + offset);
        this.offset = offset;
    }

    /**
     * @param reason what is wrong with the bytes
     * @param offset index of the byte at which it showed, from the start of the string or file
     * @param cause the exception that showed it
     */
    public MalformedBitstreamException(String reason, long offset, Throwable cause) {
        super(reason + ": offset=" + offset, cause);
        this.offset = offset;
    }

    /** Index of the byte at which the damage showed, from the start of the string or file. */
    public long offset() {
        return offset;
    }
}
