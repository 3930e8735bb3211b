package io.github.uniquant.internal.kernel;

import java.util.Locale;
import org.jspecify.annotations.Nullable;

/**
 * Chooses the kernels, once for the process. The property {@code uniquant.kernels} forces {@code scalar}, {@code vector},
 * {@code 256} or {@code 512} (bits of a vector), and fails where that cannot run; {@code auto} is the default: vectors where
 * the module {@code jdk.incubator.vector} is present, the processor has 256 bits of integers and the VM compiles them.
 */
public final class KernelProvider {
    /** The system property that forces a path. */
    public static final String PROPERTY = "uniquant.kernels";

    private static final String MODULE = "jdk.incubator.vector";
    private static final String FLAG = "--add-modules " + MODULE;
    private static final String VECTOR_CLASS = "io.github.uniquant.internal.kernel.VectorKernels";

    private static final Choice CHOICE = choose(System.getProperty(PROPERTY, "auto"));

    private KernelProvider() {}

    /** What was chosen and why; {@code kernels} is null where a forced path cannot run. */
    private record Choice(@Nullable Kernels kernels, String reason) {}

    /** The kernels of this process. */
    public static Kernels kernels() {
        Kernels kernels = CHOICE.kernels;
        if (kernels == null) {
            throw new IllegalStateException(CHOICE.reason);
        }
        return kernels;
    }

    /** Those of distributions, of the same path. */
    public static PriorKernels priorKernels() {
        return PriorKernelsHolder.KERNELS;
    }

    /** Loads vector code when a prior first wants it. */
    private static final class PriorKernelsHolder {
        static final PriorKernels KERNELS =
                kernels().name().equals("scalar") ? ScalarPriorKernels.INSTANCE : VectorPriorKernels.INSTANCE;
    }

    /** The scalar kernels, whatever was chosen. */
    public static Kernels scalar() {
        return ScalarKernels.INSTANCE;
    }

    /** The kernels of noise levels, of the same path. */
    public static DitherKernels ditherKernels() {
        return kernels() instanceof ScalarKernels ? ScalarDitherKernels.INSTANCE : Vectors.DITHER;
    }

    /** Initialised where vectors run, and nowhere else. */
    private static final class Vectors {
        static final DitherKernels DITHER = VectorDitherKernels.INSTANCE;
    }

    /** Why {@link #kernels} are what they are. */
    public static String reason() {
        return CHOICE.reason;
    }

    private static Choice choose(String wanted) {
        Choice choice = switch (wanted.toLowerCase(Locale.ROOT)) {
            case "scalar" -> new Choice(ScalarKernels.INSTANCE, "forced by -D" + PROPERTY);
            case "auto" -> auto();
            case "vector" -> forced(0);
            case "256" -> forced(256);
            case "512" -> forced(512);
            default -> new Choice(null, "-D" + PROPERTY + " must be auto, scalar, vector, 256 or 512: value=" + wanted);
        };
        Kernels kernels = choice.kernels;
        if (kernels != null) {
            boolean flagMissing = wanted.equals("auto") && !moduleIsPresent();
            System.getLogger("io.github.uniquant")
                    .log(
                            flagMissing ? System.Logger.Level.INFO : System.Logger.Level.DEBUG,
                            "kernels: " + kernels.name() + " (" + choice.reason + ")");
        }
        return choice;
    }

    private static Choice auto() {
        String obstacle = obstacle();
        if (obstacle != null) {
            return new Choice(ScalarKernels.INSTANCE, obstacle);
        }
        Kernels vector = load(0);
        return vector != null
                ? new Choice(vector, "the widest vectors of this processor")
                : new Choice(ScalarKernels.INSTANCE, "the processor has no 256-bit integer vectors");
    }

    private static Choice forced(int bits) {
        String obstacle = obstacle();
        Kernels vector = obstacle == null ? load(bits) : null;
        if (vector != null) {
            return new Choice(vector, "forced by -D" + PROPERTY);
        }
        String what = bits == 0 ? "vectors" : bits + "-bit vectors";
        return new Choice(
                null,
                "-D" + PROPERTY + " asks for " + what + ", which cannot run here: "
                        + (obstacle != null ? obstacle : "the processor does not have them"));
    }

    /** Why no vector code should be loaded, or null. */
    private static @Nullable String obstacle() {
        if (!moduleIsPresent()) {
            return "for the vector path, start java with " + FLAG;
        }
        String vm = System.getProperty("java.vm.info", "");
        if (vm.contains("interpreted") || vm.contains("emulated-client")) {
            return "the VM does not compile vectors: " + vm;
        }
        return null;
    }

    private static boolean moduleIsPresent() {
        return ModuleLayer.boot().findModule(MODULE).isPresent();
    }

    /** The vector kernels of this width, 0 for the widest; null where the processor lacks it. */
    private static @Nullable Kernels load(int bits) {
        try {
            Class<?> vector = Class.forName(VECTOR_CLASS);
            return (Kernels) vector.getDeclaredMethod("ofWidth", int.class).invoke(null, bits);
        } catch (ReflectiveOperationException e) {
            throw new IllegalStateException("the vector kernels must load where their module is present", e);
        }
    }
}
