package io.github.uniquant.jmh;

import io.github.uniquant.jmh.coder.HtscodecsCoder;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.LocalDate;
import java.time.ZoneOffset;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * What a result depends on beside the code.
 *
 * @param cpu model name
 * @param family vendor, family, model and stepping: what the model name of a virtual machine may leave out
 * @param flags those of the CPU's flags that a coder here looks at
 * @param processors that the JVM may use
 * @param htscodecs version and instruction sets of the library, or why it is missing
 */
public record Machine(
        String cpu,
        String family,
        List<String> flags,
        int processors,
        String os,
        String jdk,
        String date,
        String htscodecs) {
    private static final Path CPU_INFO = Path.of("/proc/cpuinfo");
    private static final List<String> FLAGS =
            List.of("sse4_1", "avx", "avx2", "bmi2", "avx512f", "avx512bw", "avx512vl", "avx512_vbmi2");

    /** The machine that this runs on, today. */
    public static Machine here() {
        Map<String, String> info = cpuInfo();
        List<String> flags = List.of(info.getOrDefault("flags", "").split(" "));
        return new Machine(
                info.getOrDefault("model name", System.getProperty("os.arch")),
                "vendor=%s family=%s model=%s stepping=%s"
                        .formatted(
                                info.get("vendor_id"), info.get("cpu family"), info.get("model"), info.get("stepping")),
                FLAGS.stream().filter(flags::contains).toList(),
                Runtime.getRuntime().availableProcessors(),
                System.getProperty("os.name") + " " + System.getProperty("os.version"),
                System.getProperty("java.vendor") + " " + Runtime.version(),
                LocalDate.now(ZoneOffset.UTC).toString(),
                HtscodecsCoder.describe(flags, info.getOrDefault("vendor_id", "")));
    }

    /** The entries of the first processor; none where the system does not tell. */
    private static Map<String, String> cpuInfo() {
        Map<String, String> info = new HashMap<>();
        try {
            for (String line : Files.readAllLines(CPU_INFO)) {
                int colon = line.indexOf(':');
                if (colon > 0) {
                    info.putIfAbsent(
                            line.substring(0, colon).strip(),
                            line.substring(colon + 1).strip());
                }
            }
        } catch (IOException e) {
            return Map.of();
        }
        return info;
    }
}
