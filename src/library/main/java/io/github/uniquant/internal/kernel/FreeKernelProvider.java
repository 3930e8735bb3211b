package io.github.uniquant.internal.kernel;

/** Chooses the kernels of table-free coding: those of the path that {@link KernelProvider} has chosen. */
final class FreeKernelProvider {
    private static final String VECTOR_CLASS = "io.github.uniquant.internal.kernel.VectorFreeKernels";

    private FreeKernelProvider() {}

    static FreeKernels chosen() {
        return KernelProvider.kernels().equals(KernelProvider.scalar()) ? ScalarFreeKernels.INSTANCE : Vector.INSTANCE;
    }

    /** The class loads where the vector kernels do; by its name, since without their module it must not. */
    private static final class Vector {
        static final FreeKernels INSTANCE = load();

        private static FreeKernels load() {
            try {
                return (FreeKernels)
                        Class.forName(VECTOR_CLASS).getDeclaredField("INSTANCE").get(null);
            } catch (ReflectiveOperationException e) {
                throw new IllegalStateException("the vector kernels must load where their module is present", e);
            }
        }
    }
}
