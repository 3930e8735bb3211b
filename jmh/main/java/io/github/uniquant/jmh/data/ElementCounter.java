package io.github.uniquant.jmh.data;

import org.openjdk.jmh.annotations.AuxCounters;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.State;

/** Rates that stand beside a benchmark's own score. JMH sets the counters to 0 before each iteration. */
@AuxCounters(AuxCounters.Type.OPERATIONS)
@State(Scope.Thread)
public class ElementCounter {
    /** Elements coded. */
    public long elements;

    /** Bytes of the strings written or read; 8 bytes / elements is the size in bits per element. */
    public long bytes;

    /** Adds one call's work. */
    public void add(long callElements, long callBytes) {
        elements += callElements;
        bytes += callBytes;
    }
}
