package io.github.uniquant.internal.kernel;

import java.util.List;
import java.util.stream.Stream;

/**
 * Kernels of one path, for everything there is a kernel for. A process moves from one set to another at once, between two
 * calls of kernels: all sets give the same bits.
 *
 * @param name what runs, for logs and tests: {@code scalar}, {@code vector-256} or {@code vector-512}
 */
record KernelSet(
        String name,
        Kernels coding,
        PriorKernels priors,
        GradientKernels gradients,
        DitherKernels dither,
        FreeKernels free) {
    /** The scalar path: there on every machine, and fast from the first call. */
    static final KernelSet SCALAR = new KernelSet(
            "scalar",
            ScalarKernels.INSTANCE,
            ScalarPriorKernels.INSTANCE,
            ScalarGradientKernels.INSTANCE,
            ScalarDitherKernels.INSTANCE,
            ScalarFreeKernels.INSTANCE);

    /** The scalar set but for the coder's kernels. */
    static KernelSet of(String name, Kernels coding) {
        return new KernelSet(name, coding, SCALAR.priors, SCALAR.gradients, SCALAR.dither, SCALAR.free);
    }

    /** This set but for the kernels of distributions, which are the scalar ones. */
    KernelSet ofCoding() {
        return new KernelSet(name, coding, SCALAR.priors, SCALAR.gradients, dither, free);
    }

    boolean isScalar() {
        return name.equals(SCALAR.name);
    }

    /** What makes the compiler see every kernel that coders take as programs use it, see {@link KernelWarmUp}. */
    static List<KernelExercise> codingExercises() {
        return Stream.of(CodingExercises.all(), DitherExercises.all(), FreeExercises.all())
                .flatMap(List::stream)
                .toList();
    }

    /** The same for the other kernels, which tables, estimates and fits take. */
    static List<KernelExercise> distributionExercises() {
        return DistributionExercises.all();
    }
}
