package io.github.uniquant.coder;

/** Bytes that no encoder with these tables and this shape can have made. The message ends in the offset of the damage. */
public class MalformedBitstreamException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    private final String reason;
    private final long offset;

    /**
     * @param reason what is wrong with the bytes
     * @param offset index of the byte at which it showed, from the start of the string or file
     */
    public MalformedBitstreamException(String reason, long offset) {
        super(reason + ": offset=" + offset);
        this.reason = reason;
        this.offset = offset;
    }

    /**
     * @param reason what is wrong with the bytes
     * @param offset index of the byte at which it showed, from the start of the string or file
     * @param cause the exception that showed it
     */
    public MalformedBitstreamException(String reason, long offset, Throwable cause) {
        super(reason + ": offset=" + offset, cause);
        this.reason = reason;
        this.offset = offset;
    }

    private MalformedBitstreamException(int string, MalformedBitstreamException cause) {
        super(cause.reason + ": string=" + string + " offset=" + cause.offset, cause);
        this.reason = cause.reason;
        this.offset = cause.offset;
    }

    /** The same exception where the string is one of many: its message names the string's index before the offset. */
    public MalformedBitstreamException inString(int string) {
        return new MalformedBitstreamException(string, this);
    }

    /** Index of the byte at which the damage showed, from the start of the string or file. */
    public long offset() {
        return offset;
    }
}
