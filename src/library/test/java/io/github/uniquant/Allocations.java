package io.github.uniquant;

import com.sun.management.ThreadMXBean;
import java.lang.management.ManagementFactory;
import java.util.function.IntConsumer;

/** What calls allocate once they are warm. */
public final class Allocations {
    private Allocations() {}

    /**
     * Runs a call in batches until one of them allocates little enough: vectors are objects until their loops are compiled.
     * The bean's own calls may allocate a little, but less than the least object in each call would take.
     *
     * @param calls the calls of a batch, which are given their number in it
     * @param mostBatches batches to run, if none allocates so little
     * @param enough what the bytes of a batch must be below
     * @return the bytes that this thread allocated in the last batch
     */
    public static long ofWarmCalls(int calls, int mostBatches, long enough, IntConsumer call) {
        ThreadMXBean threads = (ThreadMXBean) ManagementFactory.getThreadMXBean();
        long allocated = Long.MAX_VALUE;
        for (int batch = 0; batch < mostBatches && allocated >= enough; batch++) {
            long before = threads.getCurrentThreadAllocatedBytes();
            for (int i = 0; i < calls; i++) {
                call.accept(i);
            }
            allocated = threads.getCurrentThreadAllocatedBytes() - before;
        }
        return allocated;
    }
}
