package io.github.uniquant;

import java.lang.classfile.ClassFile;
import java.lang.classfile.ClassModel;
import java.lang.classfile.constantpool.ClassEntry;
import java.lang.classfile.constantpool.FieldRefEntry;
import java.lang.classfile.constantpool.MemberRefEntry;
import java.lang.classfile.constantpool.PoolEntry;
import java.lang.classfile.constantpool.Utf8Entry;
import java.lang.reflect.AccessFlag;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * What the classes of the library may refer to. Packages have an order, in which references only point down; vectors stay
 * in the kernels; nothing reaches into the JDK; and whatever both sides compute is made of operations that have one result.
 */
final class Layering {
    private static final String ROOT = "io.github.uniquant";
    private static final String KERNEL = "internal.kernel";
    private static final String TASK = "internal.task";

    /** The packages below the root and what each may use besides itself and the JDK. "" is the root itself. */
    private static final Map<String, Set<String>> MAY_USE = Map.ofEntries(
            Map.entry("symbol", Set.of()),
            Map.entry("tensor", Set.of()),
            Map.entry(KERNEL, Set.of()),
            Map.entry(TASK, Set.of()),
            Map.entry("dither", Set.of("tensor", KERNEL)),
            Map.entry("quantize", Set.of("dither", "tensor", KERNEL)),
            Map.entry("prior", Set.of("tensor", KERNEL)),
            Map.entry("table", Set.of("prior", "dither", "tensor", KERNEL)),
            Map.entry("table.free", Set.of("prior", "tensor", KERNEL)),
            Map.entry("coder", Set.of("table")),
            Map.entry("coder.compressai", Set.of("coder", "table")),
            Map.entry("coder.range", Set.of("coder", "table", "symbol")),
            Map.entry("coder.rans", Set.of("coder", "table", "symbol", KERNEL)),
            Map.entry("coder.free", Set.of("coder", "coder.rans", "table.free", KERNEL)),
            Map.entry("coder.runlength", Set.of("coder")),
            Map.entry("rate", Set.of("prior", "tensor", KERNEL)),
            Map.entry("fit", Set.of("rate", "table", "prior", "tensor", KERNEL, TASK)),
            Map.entry(
                    "",
                    Set.of(
                            "coder.free",
                            "coder.rans",
                            "coder.range",
                            "coder.runlength",
                            "coder",
                            "symbol",
                            "rate",
                            "table",
                            "table.free",
                            "prior",
                            "quantize",
                            "dither",
                            "tensor",
                            KERNEL,
                            TASK)),
            Map.entry(
                    "container",
                    Set.of("", "fit", "coder", "rate", "table", "prior", "quantize", "dither", "tensor", "symbol")));

    /** Packages whose floating-point results are part of tables or bytes. */
    private static final Set<String> EXACT = Set.of(
            "prior",
            "table",
            "table.free",
            KERNEL,
            "quantize",
            "dither",
            "coder",
            "coder.compressai",
            "coder.free",
            "coder.rans",
            "coder.range",
            "coder.runlength",
            "fit");

    /** The methods of Math that have one result on every machine, and no slow path for want of hardware. */
    private static final Set<String> EXACT_MATH = Set.of(
            "abs",
            "absExact",
            "addExact",
            "ceil",
            "ceilDiv",
            "clamp",
            "copySign",
            "decrementExact",
            "floor",
            "floorDiv",
            "floorMod",
            "getExponent",
            "incrementExact",
            "max",
            "min",
            "multiplyExact",
            "multiplyFull",
            "multiplyHigh",
            "negateExact",
            "nextAfter",
            "nextDown",
            "nextUp",
            "rint",
            "round",
            "scalb",
            "signum",
            "sqrt",
            "subtractExact",
            "toIntExact",
            "ulp",
            "unsignedMultiplyHigh");

    /** Lane-wise operations of the vector API whose results the platform may choose, or that fuse roundings. */
    private static final Set<String> INEXACT_LANES = Set.of(
            "ACOS", "ASIN", "ATAN", "ATAN2", "CBRT", "COS", "COSH", "EXP", "EXPM1", "FMA", "HYPOT", "LOG", "LOG10",
            "LOG1P", "POW", "SIN", "SINH", "TAN", "TANH");

    private static final Pattern TYPE_IN_DESCRIPTOR = Pattern.compile("L([\\w$]+(?:/[\\w$]+)+)[;<]");

    private Layering() {}

    /** What is wrong with a class, one line for each offence. */
    static Set<String> violations(byte[] classFile) {
        ClassModel model = ClassFile.of().parse(classFile);
        String name = model.thisClass().asInternalName().replace('/', '.');
        String from = below(name);
        Set<String> violations = new TreeSet<>();
        if (!MAY_USE.containsKey(from)) {
            violations.add(name + " is in a package without a layer");
            return violations;
        }
        for (String type : types(model)) {
            checkType(name, from, type, violations);
        }
        for (PoolEntry entry : model.constantPool()) {
            if (entry instanceof MemberRefEntry member) {
                checkMember(name, from, member, violations);
            }
        }
        if (model.methods().stream().anyMatch(method -> method.flags().has(AccessFlag.NATIVE))) {
            violations.add(name + " has a native method");
        }
        return violations;
    }

    /** The package of a class, relative to the root. */
    private static String below(String className) {
        String packageName = className.substring(0, Math.max(0, className.lastIndexOf('.')));
        return packageName.equals(ROOT) ? "" : packageName.replace(ROOT + ".", "");
    }

    /** The names of all classes that a class file mentions: in code, descriptors, generic signatures and annotations. */
    private static Set<String> types(ClassModel model) {
        Set<String> types = new TreeSet<>();
        for (PoolEntry entry : model.constantPool()) {
            if (entry instanceof ClassEntry type) {
                types.add(type.asInternalName().replace('/', '.'));
            } else if (entry instanceof Utf8Entry text) {
                Matcher matcher = TYPE_IN_DESCRIPTOR.matcher(text.stringValue());
                while (matcher.find()) {
                    types.add(matcher.group(1).replace('/', '.'));
                }
            }
        }
        return types;
    }

    private static void checkType(String name, String from, String type, Set<String> violations) {
        if (type.startsWith(ROOT + ".")) {
            String to = below(type);
            if (!to.equals(from) && !MAY_USE.getOrDefault(from, Set.of()).contains(to)) {
                violations.add(name + " must not refer to " + type);
            }
        } else if (type.startsWith("jdk.incubator.vector.") && !from.equals(KERNEL)) {
            violations.add(name + " must leave vectors to the kernels: " + type);
        } else if (type.startsWith("sun.") || type.startsWith("jdk.internal.") || type.startsWith("com.sun.")) {
            violations.add(name + " must not reach into the JDK: " + type);
        }
    }

    private static void checkMember(String name, String from, MemberRefEntry member, Set<String> violations) {
        String owner = member.owner().asInternalName();
        String called = member.name().stringValue();
        if (owner.equals("java/lang/System") && called.startsWith("load") || owner.equals("java/lang/foreign/Linker")) {
            violations.add(name + " must not call native code: " + owner + "." + called);
        }
        if (!EXACT.contains(from)) {
            return;
        }
        boolean inexact = owner.equals("java/lang/StrictMath")
                || owner.equals("java/lang/Math") && !EXACT_MATH.contains(called)
                || owner.startsWith("jdk/incubator/vector/") && called.equals("fma")
                || member instanceof FieldRefEntry
                        && owner.equals("jdk/incubator/vector/VectorOperators")
                        && INEXACT_LANES.contains(called);
        if (inexact) {
            violations.add(
                    name + " must compute exactly: " + owner.substring(owner.lastIndexOf('/') + 1) + "." + called);
        }
    }
}
