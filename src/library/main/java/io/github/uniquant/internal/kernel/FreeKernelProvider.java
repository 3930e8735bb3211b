package io.github.uniquant.internal.kernel;

/** Chooses the kernels of table-free coding: those of the path that {@link KernelProvider} has chosen. */
final class FreeKernelProvider {
    private static final String VECTOR_CLASS = "io.github.uniquant.internal.kernel.VectorFreeKernels";

    private static final FreeKernels CHOSEN =
            KernelProvider.kernels().name().equals("scalar") ? ScalarFreeKernels.INSTANCE : vector();

    private FreeKernelProvider() {}

    static FreeKernels chosen() {
        return CHOSEN;
    }

    /** The class loads where the vector kernels do; by its name, since without their module it must not. */
    private static FreeKernels vector() {
        try {
            return (FreeKernels)
                    Class.forName(VECTOR_CLASS).getDeclaredField("INSTANCE").get(null);
        } catch (ReflectiveOperationException e) {
            throw new IllegalStateException("the vector kernels must load where their module is present", e);
        }
    }
}
