package io.github.uniquant.internal.kernel;

/**
 * Calls of one kernel on made-up data, for {@link KernelWarmUp}. Compiled code has no place for a branch that never was
 * taken: it falls back to the interpreter where one is, and a vector kernel is a thousand times slower there. So an
 * exercise takes every branch of the kernel.
 *
 * @param kernel name of the kernel's method
 */
record KernelExercise(String kernel, Call call) {
    /** Elements of a long call. */
    static final int LONG = 2048;

    /** One call of the kernel. */
    interface Call {
        /**
         * Runs the kernel.
         *
         * @param turn which of the kernel's cases to run: 0 for the commonest, with {@code count} elements; others differ
         * @param count the most elements
         */
        void run(KernelSet kernels, int turn, int count);
    }

    void run(KernelSet kernels, int turn, int count) {
        call.run(kernels, turn, count);
    }
}
