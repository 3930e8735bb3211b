package io.github.uniquant.internal.kernel;

import java.util.Locale;
import org.jspecify.annotations.Nullable;

/**
 * Chooses the kernels of the process. The property {@code uniquant.kernels} forces {@code scalar}, {@code vector}, {@code
 * 256} or {@code 512} (bits of a vector) from the first call on, and fails where that cannot run; {@code auto} is the
 * default: vectors where the module {@code jdk.incubator.vector} is present, the processor has 256 bits of integers and the
 * VM compiles them.
 *
 * <p>A vector kernel that is not compiled yet is a hundred times slower than its scalar twin. So {@code auto} starts on the
 * scalar kernels and moves to the vector ones when they run compiled. The property {@code uniquant.warmup} says how they
 * come to be: {@code background}, the default, by a thread that starts after {@link #WORK_BEFORE_WARM_UP} and ends when it
 * is done; {@code manual}, by {@link #warmUp} alone; {@code none}, by use: vectors from the first call on.
 *
 * <p>Callers take kernels for one call, and ask anew for the next. The property {@code uniquant.gathers} says how vectors of
 * 512 bits read tables: see {@link Gathers}.
 */
public final class KernelProvider {
    /** The system property that forces a path. */
    public static final String PROPERTY = "uniquant.kernels";

    /** The system property that says how vector kernels come to be compiled. */
    public static final String WARM_UP_PROPERTY = "uniquant.warmup";

    /**
     * Elements that are quantised, coded, decoded or reconstructed before the thread starts, or as much work on values of
     * distributions. It takes seconds of processor time, and other code waits for the compiler meanwhile: a process that
     * works little is better off without. So many are 45 million elements encoded, half a second on the scalar path.
     */
    static final int WORK_BEFORE_WARM_UP = 90_000_000;

    /** Elements whose coding takes as long, about, as one value of a distribution: its density, or gradients. */
    static final int WORK_OF_A_VALUE = 4;

    static final System.Logger LOGGER = System.getLogger("io.github.uniquant");

    private static final String MODULE = "jdk.incubator.vector";
    private static final String FLAG = "--add-modules " + MODULE;
    private static final String VECTOR_CLASS = "io.github.uniquant.internal.kernel.VectorKernels";

    private static final KernelSwitch KERNELS = choose(
            System.getProperty(PROPERTY, "auto").toLowerCase(Locale.ROOT),
            System.getProperty(WARM_UP_PROPERTY, "background").toLowerCase(Locale.ROOT));

    private KernelProvider() {}

    /** All kernels that would be used now. */
    static KernelSet current() {
        return KERNELS.set(0);
    }

    /** The kernels for the next call, which works on so many elements. */
    public static Kernels kernels(int elements) {
        return KERNELS.set(elements).coding();
    }

    /** The kernels that would be used now. */
    public static Kernels kernels() {
        return kernels(0);
    }

    /**
     * The kernels of distributions for the next call, which works on so many values: of each component of a mixture, and for
     * each weight of a network.
     */
    public static PriorKernels priorKernels(long values) {
        return KERNELS.set(WORK_OF_A_VALUE * values).priors();
    }

    /** The kernels of gradients for the next call, on so many values as {@link #priorKernels} counts them. */
    public static GradientKernels gradientKernels(long values) {
        return KERNELS.set(WORK_OF_A_VALUE * values).gradients();
    }

    /** The scalar kernels, whatever was chosen. */
    public static Kernels scalar() {
        return KernelSet.SCALAR.coding();
    }

    /** The kernels of noise levels for the next call, which works on so many elements. */
    public static DitherKernels ditherKernels(int elements) {
        return KERNELS.set(elements).dither();
    }

    /** The kernels of table-free coding for the next call, which works on so many elements. */
    public static FreeKernels freeKernels(int elements) {
        return KERNELS.set(elements).free();
    }

    /** The kernels of table-free coding that would be used now. */
    public static FreeKernels freeKernels() {
        return freeKernels(0);
    }

    /** The scalar kernels of table-free coding, whatever was chosen. */
    public static FreeKernels scalarFree() {
        return KernelSet.SCALAR.free();
    }

    /** Why {@link #kernels} are what they are now. */
    public static String reason() {
        return KERNELS.reason();
    }

    /**
     * Runs the vector kernels until they are compiled, and moves the process to them. Takes seconds; waits where another
     * thread is at it. Returns at once where it was done, or where the scalar kernels are to stay.
     */
    public static void warmUp() {
        KERNELS.warmUp();
    }

    private static KernelSwitch choose(String kernels, String warmUp) {
        String refusal = Gathers.refusal() != null ? Gathers.refusal() : refusalOfWarmUp(warmUp);
        KernelSwitch chosen = refusal != null ? KernelSwitch.refused(refusal) : chooseByName(kernels, warmUp);
        boolean unlucky = kernels.equals("auto") && chosen.isScalarForGood();
        LOGGER.log(unlucky ? System.Logger.Level.INFO : System.Logger.Level.DEBUG, () -> "kernels: " + chosen);
        return chosen;
    }

    /** Why the property's value cannot be, or null. */
    private static @Nullable String refusalOfWarmUp(String warmUp) {
        return switch (warmUp) {
            case "background", "manual", "none" -> null;
            default -> "-D" + WARM_UP_PROPERTY + " must be background, manual or none: value=" + warmUp;
        };
    }

    private static KernelSwitch chooseByName(String kernels, String warmUp) {
        return switch (kernels) {
            case "scalar" -> KernelSwitch.fixed(KernelSet.SCALAR, "forced by -D" + PROPERTY);
            case "auto" -> auto(warmUp);
            case "vector" -> forced(0);
            case "256" -> forced(256);
            case "512" -> forced(512);
            default ->
                KernelSwitch.refused("-D" + PROPERTY + " must be auto, scalar, vector, 256 or 512: value=" + kernels);
        };
    }

    private static KernelSwitch auto(String warmUp) {
        String obstacle = obstacle();
        if (obstacle != null) {
            return KernelSwitch.fixed(KernelSet.SCALAR, obstacle);
        }
        if (!warmUp.equals("none")) {
            return KernelSwitch.later(() -> load(0), warmUp.equals("background") ? WORK_BEFORE_WARM_UP : 0);
        }
        try {
            KernelSet vector = load(0);
            return vector != null
                    ? KernelSwitch.fixed(vector, KernelSwitch.WIDEST)
                    : KernelSwitch.fixed(KernelSet.SCALAR, KernelSwitch.NO_VECTORS);
        } catch (RuntimeException | LinkageError e) {
            return KernelSwitch.fixed(KernelSet.SCALAR, KernelSwitch.FAILING + e);
        }
    }

    private static KernelSwitch forced(int bits) {
        String obstacle = obstacle();
        if (obstacle == null) {
            try {
                KernelSet vector = load(bits);
                if (vector != null) {
                    return KernelSwitch.fixed(vector, "forced by -D" + PROPERTY);
                }
                obstacle = "the processor does not have them";
            } catch (RuntimeException | LinkageError e) {
                obstacle = KernelSwitch.FAILING + e;
            }
        }
        String what = bits == 0 ? "vectors" : bits + "-bit vectors";
        return KernelSwitch.refused("-D" + PROPERTY + " asks for " + what + ", which cannot run here: " + obstacle);
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
    private static @Nullable KernelSet load(int bits) {
        try {
            Class<?> vector = Class.forName(VECTOR_CLASS);
            Kernels kernels =
                    (Kernels) vector.getDeclaredMethod("ofWidth", int.class).invoke(null, bits);
            return kernels == null
                    ? null
                    : new KernelSet(
                            kernels.name(),
                            kernels,
                            VectorPriorKernels.INSTANCE,
                            VectorGradientKernels.INSTANCE,
                            VectorDitherKernels.INSTANCE,
                            VectorFreeKernels.INSTANCE);
        } catch (ReflectiveOperationException e) {
            throw new IllegalStateException("the vector kernels must load where their module is present", e);
        }
    }
}
