package io.github.uniquant.internal.kernel;

import com.sun.management.HotSpotDiagnosticMXBean;
import java.lang.management.ManagementFactory;
import org.jspecify.annotations.Nullable;

/** What the flags of the VM say about compiling vectors, where they can be read. */
final class CompilerFlags {
    /** The tier of the compiler that knows vectors. */
    private static final int VECTOR_TIER = 4;

    private CompilerFlags() {}

    /**
     * The flag by which this VM will never compile vectors, or null: there is none, or flags cannot be read, as where the
     * module {@code jdk.management} is missing. Loads dozens of classes, so nothing for the first call.
     */
    static @Nullable String obstacle() {
        String tier = value("TieredStopAtLevel");
        if (tier != null && Integer.parseInt(tier) < VECTOR_TIER) {
            return "-XX:TieredStopAtLevel=" + tier;
        }
        return "false".equals(value("EnableVectorSupport")) ? "-XX:-EnableVectorSupport" : null;
    }

    /** The value of a flag; null where the VM does not tell it. */
    private static @Nullable String value(String flag) {
        try {
            HotSpotDiagnosticMXBean diagnostics = ManagementFactory.getPlatformMXBean(HotSpotDiagnosticMXBean.class);
            return diagnostics == null ? null : diagnostics.getVMOption(flag).getValue();
        } catch (IllegalArgumentException | LinkageError e) {
            return null; // no such flag, or no such module
        }
    }
}
