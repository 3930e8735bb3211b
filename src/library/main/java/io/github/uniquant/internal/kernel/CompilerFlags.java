package io.github.uniquant.internal.kernel;

import java.lang.management.ManagementFactory;
import javax.management.JMException;
import javax.management.ObjectName;
import javax.management.RuntimeMBeanException;
import javax.management.openmbean.CompositeData;
import org.jspecify.annotations.Nullable;

/** What the flags of the VM say about compiling vectors, where they can be read. */
final class CompilerFlags {
    /** The tier of the compiler that knows vectors. */
    private static final int VECTOR_TIER = 4;

    private CompilerFlags() {}

    /**
     * The flag by which this VM will never compile vectors, or null: there is none, or flags cannot be read, as where the
     * module {@code jdk.management} is missing. Loads hundreds of classes, so nothing for the first call.
     */
    static @Nullable String obstacle() {
        try {
            String tier = value("TieredStopAtLevel");
            if (tier != null && Integer.parseInt(tier) < VECTOR_TIER) {
                return "-XX:TieredStopAtLevel=" + tier;
            }
            return "false".equals(value("EnableVectorSupport")) ? "-XX:-EnableVectorSupport" : null;
        } catch (JMException | LinkageError e) {
            return null; // another VM, or no such module
        }
    }

    /** The value of a flag; null where the VM does not tell it. */
    private static @Nullable String value(String flag) throws JMException {
        try {
            Object option = ManagementFactory.getPlatformMBeanServer()
                    .invoke(
                            new ObjectName("com.sun.management:type=HotSpotDiagnostic"),
                            "getVMOption",
                            new Object[] {flag},
                            new String[] {String.class.getName()});
            return ((CompositeData) option).get("value").toString();
        } catch (RuntimeMBeanException e) {
            return null; // no such flag, or a locked one
        }
    }
}
