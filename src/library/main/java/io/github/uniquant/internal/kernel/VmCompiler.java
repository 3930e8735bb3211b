package io.github.uniquant.internal.kernel;

import java.lang.management.ManagementFactory;
import java.util.Arrays;
import javax.management.JMException;
import javax.management.ObjectName;
import javax.management.RuntimeMBeanException;
import javax.management.openmbean.CompositeData;
import org.jspecify.annotations.Nullable;

/** What the VM says about its compiler, where it does. */
final class VmCompiler {
    /** The tier of the compiler that knows vectors. */
    private static final int VECTOR_TIER = 4;

    private static final String FLAGS = "HotSpotDiagnostic";

    /** The bean of the VM's diagnostic commands. */
    static final String COMMANDS = "DiagnosticCommand";

    private static final String PACKAGE = VmCompiler.class.getPackageName() + ".";
    private static final String EXERCISE = "Exercise";

    private VmCompiler() {}

    /**
     * The flag by which this VM will never compile vectors, or null: there is none, or flags cannot be read, as where the
     * module {@code jdk.management} is missing. Loads hundreds of classes, so nothing for the first call.
     */
    static @Nullable String obstacle() {
        try {
            return Beans.obstacle();
        } catch (LinkageError e) {
            return null; // no such module
        }
    }

    /** Whether the compiler is at a method of kernels, or one waits for it; false where the VM does not say. */
    static boolean hasKernels() {
        try {
            return Beans.hasKernels();
        } catch (LinkageError e) {
            return false; // no such module
        }
    }

    /** What an operation of a bean of HotSpot's returns. */
    static Object ask(String bean, String operation, String... arguments) throws JMException {
        String[] signature = new String[arguments.length];
        Arrays.fill(signature, String.class.getName());
        return ManagementFactory.getPlatformMBeanServer()
                .invoke(new ObjectName("com.sun.management:type=" + bean), operation, arguments, signature);
    }

    /**
     * What catches exceptions of the beans. It is apart because the VM loads the classes that a method catches: where their
     * module is missing, that is the error, and no catch beside them meets it.
     */
    private static final class Beans {
        private Beans() {}

        static @Nullable String obstacle() {
            try {
                String tier = value("TieredStopAtLevel");
                if (tier != null && Integer.parseInt(tier) < VECTOR_TIER) {
                    return "-XX:TieredStopAtLevel=" + tier;
                }
                return "false".equals(value("EnableVectorSupport")) ? "-XX:-EnableVectorSupport" : null;
            } catch (JMException e) {
                return null; // another VM
            }
        }

        /** The value of a flag; null where the VM does not tell it. */
        private static @Nullable String value(String flag) throws JMException {
            try {
                Object option = ask(FLAGS, "getVMOption", flag);
                return ((CompositeData) option).get("value").toString();
            } catch (RuntimeMBeanException e) {
                return null; // no such flag, or a locked one
            }
        }

        static boolean hasKernels() {
            try {
                String queues = (String) ask(COMMANDS, "compilerQueue");
                return queues.lines().anyMatch(line -> line.contains(PACKAGE) && !line.contains(EXERCISE));
            } catch (JMException | RuntimeMBeanException e) {
                return false; // another VM
            }
        }
    }
}
