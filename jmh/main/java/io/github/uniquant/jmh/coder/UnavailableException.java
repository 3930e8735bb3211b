package io.github.uniquant.jmh.coder;

/** A coder that this machine lacks; its results are left out. */
public final class UnavailableException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    private final String reason;

    UnavailableException(String reason) {
        super(reason, null, false, false); // no stack trace: it is no fault of the code
        this.reason = reason;
    }

    /** What is missing, and where to get it. */
    String reason() {
        return reason;
    }
}
