package io.github.uniquant.cli;

import java.util.Locale;

/** Numbers as the commands print them, the same in every locale. */
final class Numbers {
    private Numbers() {}

    /** With thousands set apart: {@code 262,144}. */
    static String count(long value) {
        return String.format(Locale.ROOT, "%,d", value);
    }

    /** With its noun: {@code 1 value}, {@code 2 values}. */
    static String count(long value, String noun) {
        return count(value) + " " + noun + (value == 1 ? "" : "s");
    }

    /** With a fixed number of decimals. */
    static String decimals(double value, int decimals) {
        return String.format(Locale.ROOT, "%." + decimals + "f", value);
    }

    /** The shortest text that reads back as the value, without a trailing {@code .0}. */
    static String plain(double value) {
        String text = (float) value == value ? Float.toString((float) value) : Double.toString(value);
        return text.endsWith(".0") ? text.substring(0, text.length() - 2) : text;
    }

    /** A hash, in 16 hexadecimal digits. */
    static String hash(long value) {
        return String.format(Locale.ROOT, "%016x", value);
    }
}
