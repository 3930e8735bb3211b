package io.github.uniquant.jmh.report;

import java.util.List;

/** A Markdown table. */
final class Table {
    private final StringBuilder text = new StringBuilder();

    /** A table whose first {@code labels} columns hold words; the others hold numbers, set to the right. */
    Table(int labels, String... header) {
        row(List.of(header));
        for (int i = 0; i < header.length; i++) {
            text.append(i < labels ? "| --- " : "| ---: ");
        }
        text.append("|\n");
    }

    Table row(String... cells) {
        return row(List.of(cells));
    }

    Table row(List<String> cells) {
        for (String cell : cells) {
            text.append("| ").append(cell).append(' ');
        }
        text.append("|\n");
        return this;
    }

    @Override
    public String toString() {
        return text.toString();
    }
}
