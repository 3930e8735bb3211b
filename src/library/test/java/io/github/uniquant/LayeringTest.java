package io.github.uniquant;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.uniquant.table.CdfTables;
import java.io.IOException;
import java.lang.reflect.Executable;
import java.lang.reflect.Field;
import java.lang.reflect.Member;
import java.lang.reflect.Method;
import java.lang.reflect.Modifier;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import javax.tools.JavaCompiler;
import javax.tools.JavaFileObject;
import javax.tools.SimpleJavaFileObject;
import javax.tools.ToolProvider;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class LayeringTest {
    private static Path classes() throws Exception {
        return Path.of(CdfTables.class
                .getProtectionDomain()
                .getCodeSource()
                .getLocation()
                .toURI());
    }

    private static Set<String> violationsBelow(Path folder) throws IOException {
        Set<String> violations = new TreeSet<>();
        try (Stream<Path> files = Files.walk(folder)) {
            for (Path file :
                    files.filter(file -> file.toString().endsWith(".class")).toList()) {
                violations.addAll(Layering.violations(Files.readAllBytes(file)));
            }
        }
        return violations;
    }

    @Test
    void referencesOnlyPointDown() throws Exception {
        assertThat(classes().resolve("io/github/uniquant/table/CdfTables.class"))
                .exists();
        assertThat(violationsBelow(classes())).isEmpty();
    }

    private static Set<String> exportedPackages() throws IOException {
        String pom =
                Files.readString(Path.of(System.getProperty("basedir", ".")).resolve("pom.xml"));
        return Pattern.compile("exports ([\\w.]+);")
                .matcher(pom)
                .results()
                .map(match -> match.group(1))
                .collect(Collectors.toCollection(TreeSet::new));
    }

    private static Class<?> element(Class<?> type) {
        return type.isArray() ? element(type.componentType()) : type;
    }

    /** What a method or constructor of the interface takes and gives. */
    private static Stream<Class<?>> types(Executable member) {
        Class<?> result = member instanceof Method method ? method.getReturnType() : void.class;
        return Stream.concat(Stream.of(member.getParameterTypes()), Stream.of(result));
    }

    private static boolean isVisible(Member member) {
        return (member.getModifiers() & (Modifier.PUBLIC | Modifier.PROTECTED)) != 0;
    }

    /** A type that a user's module cannot see would be one that nobody can name. */
    @Test
    void exportedClassesMentionExportedTypesOnly() throws Exception {
        Set<String> exported = exportedPackages();
        assertThat(exported).contains("io.github.uniquant", "io.github.uniquant.coder.rans");
        Set<String> violations = new TreeSet<>();
        for (String name : exported) {
            List<Path> files;
            try (Stream<Path> folder = Files.list(classes().resolve(name.replace('.', '/')))) {
                files = folder.filter(file -> file.toString().endsWith(".class"))
                        .toList();
            }
            for (Path file : files) {
                String simple = file.getFileName().toString().replace(".class", "");
                Class<?> type = Class.forName(name + "." + simple, false, CdfTables.class.getClassLoader());
                if (!Modifier.isPublic(type.getModifiers())) {
                    continue;
                }
                Stream<Executable> executables =
                        Stream.concat(Stream.of(type.getDeclaredMethods()), Stream.of(type.getDeclaredConstructors()));
                Stream<Class<?>> mentioned = Stream.concat(
                        executables.filter(LayeringTest::isVisible).flatMap(LayeringTest::types),
                        Stream.of(type.getDeclaredFields())
                                .filter(LayeringTest::isVisible)
                                .map(Field::getType));
                mentioned
                        .map(LayeringTest::element)
                        .filter(other -> other.getName().startsWith("io.github.uniquant"))
                        .filter(other -> !exported.contains(other.getPackageName()))
                        .forEach(other -> violations.add(type.getName() + " mentions " + other.getName()));
            }
        }
        assertThat(violations).isEmpty();
    }

    /** Compiles a class of the library's and returns what the checker says of it. */
    private static Set<String> violationsOf(Path out, String name, String source) throws Exception {
        JavaCompiler compiler = ToolProvider.getSystemJavaCompiler();
        JavaFileObject file =
                new SimpleJavaFileObject(
                        URI.create("string:///" + name.replace('.', '/') + ".java"), JavaFileObject.Kind.SOURCE) {
                    @Override
                    public CharSequence getCharContent(boolean ignoreEncodingErrors) {
                        return source;
                    }
                };
        List<String> options = List.of(
                "-d",
                out.toString(),
                "-cp",
                classes().toString(),
                "-proc:none",
                "-nowarn",
                "-XDignore.symbol.file",
                "--add-modules",
                "jdk.incubator.vector,jdk.unsupported");
        assertThat(compiler.getTask(null, null, diagnostic -> {}, options, null, List.of(file))
                        .call())
                .isTrue();
        return violationsBelow(out);
    }

    @Test
    void anUpwardReferenceIsFound(@TempDir Path out) throws Exception {
        assertThat(violationsOf(out, "io.github.uniquant.prior.Upward", """
                        package io.github.uniquant.prior;
                        class Upward {
                            java.util.List<io.github.uniquant.table.CdfTables> generic;
                            Object made() { return io.github.uniquant.coder.rans.RansTables.of(null); }
                            io.github.uniquant.tensor.Shape allowed;
                        }
                        """))
                .containsExactly(
                        "io.github.uniquant.prior.Upward must not refer to io.github.uniquant.coder.rans.RansTables",
                        "io.github.uniquant.prior.Upward must not refer to io.github.uniquant.table.CdfTables");
    }

    @Test
    void vectorsOutsideTheKernelsAndInexactArithmeticAreFound(@TempDir Path out) throws Exception {
        assertThat(violationsOf(out, "io.github.uniquant.quantize.Inexact", """
                        package io.github.uniquant.quantize;
                        import jdk.incubator.vector.*;
                        class Inexact {
                            double scalar(double x) { return Math.exp(StrictMath.log(x)) + Math.sqrt(Math.fma(x, x, x)); }
                            FloatVector fused(FloatVector x) { return x.fma(x, x).lanewise(VectorOperators.TANH); }
                        }
                        """))
                .contains(
                        "io.github.uniquant.quantize.Inexact must compute exactly: FloatVector.fma",
                        "io.github.uniquant.quantize.Inexact must compute exactly: Math.exp",
                        "io.github.uniquant.quantize.Inexact must compute exactly: Math.fma",
                        "io.github.uniquant.quantize.Inexact must compute exactly: StrictMath.log",
                        "io.github.uniquant.quantize.Inexact must compute exactly: VectorOperators.TANH",
                        "io.github.uniquant.quantize.Inexact must leave vectors to the kernels:"
                                + " jdk.incubator.vector.FloatVector")
                .noneMatch(line -> line.contains("sqrt"));
    }

    @Test
    void internalsOfTheJdkAndNativeCodeAreFound(@TempDir Path out) throws Exception {
        assertThat(violationsOf(out, "io.github.uniquant.Native", """
                        package io.github.uniquant;
                        class Native {
                            sun.misc.Unsafe unsafe;
                            native int call();
                            static { System.loadLibrary("x"); }
                        }
                        """))
                .containsExactlyInAnyOrder(
                        "io.github.uniquant.Native has a native method",
                        "io.github.uniquant.Native must not call native code: java/lang/System.loadLibrary",
                        "io.github.uniquant.Native must not reach into the JDK: sun.misc.Unsafe");
    }

    @Test
    void aPackageWithoutALayerIsFound(@TempDir Path out) throws Exception {
        assertThat(violationsOf(
                        out, "io.github.uniquant.util.Stray", "package io.github.uniquant.util; class Stray {}"))
                .containsExactly("io.github.uniquant.util.Stray is in a package without a layer");
    }
}
