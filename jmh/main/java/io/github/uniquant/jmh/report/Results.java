package io.github.uniquant.jmh.report;

import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.TreeMap;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** The results of one JMH run, as its JSON holds them. */
record Results(List<Result> all) {
    /**
     * One line of a run.
     *
     * @param benchmark the class's simple name
     * @param method the benchmark method
     * @param params by name
     * @param error half the 99.9 % confidence interval over the score; NaN where there were too few iterations
     * @param secondary scores of counters and profilers, by name
     * @param percentiles of the score, by their JMH name, such as 99.9
     * @param settings the run's forks, iterations and JVM arguments, in words
     */
    record Result(
            String benchmark,
            String method,
            Map<String, String> params,
            double score,
            double error,
            Map<String, Double> secondary,
            Map<String, Double> percentiles,
            String settings,
            String jdk) {
        boolean has(String param, String value) {
            return value.equals(params.get(param));
        }

        /** Millions of elements a second. */
        double rate() {
            return secondary.getOrDefault("elements", Double.NaN) / 1e6;
        }

        double bitsPerElement() {
            return secondary.getOrDefault("bytes", Double.NaN)
                    * Byte.SIZE
                    / secondary.getOrDefault("elements", Double.NaN);
        }

        double percentile(String name) {
            return percentiles.getOrDefault(name, Double.NaN);
        }

        /** Bytes allocated a call, where JMH ran with {@code -prof gc}. */
        OptionalDouble allocated() {
            for (Map.Entry<String, Double> entry : secondary.entrySet()) {
                if (entry.getKey().endsWith("gc.alloc.rate.norm")) {
                    return OptionalDouble.of(entry.getValue());
                }
            }
            return OptionalDouble.empty();
        }
    }

    /** Reads what JMH wrote with {@code -rf json}. */
    static Results read(Path json) {
        JsonNode root = JsonMapper.shared().readTree(json);
        return new Results(root.valueStream().map(Results::result).toList());
    }

    private static Result result(JsonNode node) {
        String name = node.path("benchmark").asString(); // package.Class.method
        int method = name.lastIndexOf('.') + 1;
        int simpleClass = name.lastIndexOf('.', method - 2) + 1;
        JsonNode metric = node.path("primaryMetric");
        Map<String, String> params = new TreeMap<>();
        node.path("params").forEachEntry((key, value) -> params.put(key, value.asString()));
        Map<String, Double> secondary = new TreeMap<>();
        node.path("secondaryMetrics").forEachEntry((key, value) -> secondary.put(key, number(value.path("score"))));
        Map<String, Double> percentiles = new TreeMap<>();
        metric.path("scorePercentiles").forEachEntry((key, value) -> percentiles.put(key, number(value)));
        double score = number(metric.path("score"));
        return new Result(
                name.substring(simpleClass, method - 1),
                name.substring(method),
                params,
                score,
                number(metric.path("scoreError")) / score,
                secondary,
                percentiles,
                settings(node),
                node.path("vmName").asString() + " " + node.path("vmVersion").asString());
    }

    private static String settings(JsonNode node) {
        return "JMH %s, forks: %d, warm-up: %d x %s, measured: %d x %s, %s"
                .formatted(
                        node.path("jmhVersion").asString(),
                        node.path("forks").asInt(),
                        node.path("warmupIterations").asInt(),
                        node.path("warmupTime").asString(),
                        node.path("measurementIterations").asInt(),
                        node.path("measurementTime").asString(),
                        String.join(
                                " ",
                                node.path("jvmArgs")
                                        .valueStream()
                                        .map(JsonNode::asString)
                                        .toList()));
    }

    /** JMH writes what is not a number as a string. */
    private static double number(JsonNode node) {
        return node.isNumber() ? node.asDouble() : Double.NaN;
    }

    /** The results of a class, in the run's order. */
    List<Result> of(String benchmark) {
        return all.stream().filter(r -> r.benchmark().equals(benchmark)).toList();
    }

    /** The result of a class and method with these parameters, given as name, value, name, value. */
    Optional<Result> find(String benchmark, String method, String... params) {
        return all.stream()
                .filter(r -> r.benchmark().equals(benchmark) && r.method().equals(method))
                .filter(r -> {
                    boolean matches = true;
                    for (int i = 0; i < params.length; i += 2) {
                        matches &= r.has(params[i], params[i + 1]);
                    }
                    return matches;
                })
                .findFirst();
    }

    /** The rate of {@link #find}, or NaN. */
    double rate(String benchmark, String method, String... params) {
        return find(benchmark, method, params).map(Result::rate).orElse(Double.NaN);
    }
}
