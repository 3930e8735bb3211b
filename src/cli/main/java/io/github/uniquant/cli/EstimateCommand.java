package io.github.uniquant.cli;

import io.github.uniquant.RateReport;
import io.github.uniquant.RateReport.Cost;
import io.github.uniquant.UniversalBatchedEntropyModel;
import io.github.uniquant.container.Step;
import io.github.uniquant.tensor.Shape;
import io.github.uniquant.tensor.Tensor;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;
import tools.jackson.databind.SerializationFeature;
import tools.jackson.databind.json.JsonMapper;

/** Where the bits of a tensor go. */
@Command(
        name = "estimate",
        header = "Say how many bits a tensor takes, and where they go.",
        description = {
            "",
            "The tensor is compressed in memory, with a model or with a prior fitted to it. Reported are the bits that the"
                    + " prior estimates, the cross-entropy of the data with the integer tables, the ideal size (that and"
                    + " the escapes), the strings' real size, and what data that follows the prior would be expected to"
                    + " take; of each coding unit, of each channel (element of the prior), and in all."
        },
        footerHeading = "%nExamples:%n",
        footer = {
            "  uniquant estimate X.npy --step 0.1",
            "  uniquant estimate X.npy --model model.uqm --json |",
            "      jq '.channels[] | select(.escapes > 0)'"
        })
final class EstimateCommand implements Runnable {
    private static final int PRINTED_CHANNELS = 16;

    @Spec
    @SuppressWarnings("NullAway.Init") // picocli sets it
    private CommandSpec spec;

    @Parameters(paramLabel = "X.npy", description = "The tensor: float16, float32 or float64.")
    @SuppressWarnings("NullAway.Init")
    private Path input;

    @Option(names = "--json", description = "Print one JSON object, with every unit and every channel.")
    private boolean json;

    @Mixin
    private final ModelOptions options = new ModelOptions();

    /** A tensor's report, and the model and step that it is of. */
    private record Estimate(Shape shape, StoredModel stored, RateReport report) {}

    @Override
    public void run() {
        Messages messages = Messages.of(spec);
        options.check();
        StoredModel given = options.read();
        Estimate estimate = InputFile.read(input, bytes -> {
            FloatArray array = NpyFile.floatArray(bytes);
            StoredModel stored = given != null ? given : options.fit(array, messages);
            ModelOptions.requireType(array, stored);
            Step step = given == null // the fit has warned of its step
                    ? stored.step()
                    : CompressCommand.checkedStep(array, stored.step().value(), messages);
            Tensor divided = step.divide(NpyFile.floats(bytes));
            return new Estimate(array.shape(), stored, RateReport.of(stored.model(), divided));
        });
        if (json) {
            messages.say(JsonMapper.builder()
                    .enable(SerializationFeature.INDENT_OUTPUT)
                    .build()
                    .writeValueAsString(facts(estimate)));
        } else {
            print(estimate, messages);
        }
    }

    // ---- JSON

    private static Map<String, @Nullable Object> facts(Estimate estimate) {
        UniversalBatchedEntropyModel model = estimate.stored.model();
        RateReport report = estimate.report;
        Map<String, @Nullable Object> facts = new LinkedHashMap<>();
        facts.put("dtype", model.bottleneckType().id());
        facts.put("shape", dims(estimate.shape));
        facts.put("step", estimate.stored.step().value());
        facts.put("format", model.coder().id());
        facts.put("prior", model.hasPrior() ? model.prior().family() : null);
        facts.put("batch_shape", dims(report.batchShape()));
        facts.put("prior_shape", dims(report.priorShape()));
        facts.put("total", strings(report.total(), report.bytes(), report.overheadBits()));
        List<Object> units = new ArrayList<>();
        for (int unit = 0; unit < report.units(); unit++) {
            units.add(strings(report.unit(unit), report.bytes(unit), report.overheadBits(unit)));
        }
        facts.put("units", units);
        List<Object> channels = new ArrayList<>();
        for (int channel = 0; channel < report.channels(); channel++) {
            Map<String, @Nullable Object> cost = cost(report.channel(channel));
            cost.put("table_overhead_bits", finite(report.tableOverheadBits(channel)));
            channels.add(cost);
        }
        facts.put("channels", channels);
        return facts;
    }

    private static Map<String, @Nullable Object> strings(Cost cost, long bytes, double overheadBits) {
        Map<String, @Nullable Object> facts = cost(cost);
        facts.put("bytes", bytes);
        facts.put("overhead_bits", overheadBits);
        return facts;
    }

    private static Map<String, @Nullable Object> cost(Cost cost) {
        Map<String, @Nullable Object> facts = new LinkedHashMap<>();
        facts.put("elements", cost.elements());
        facts.put("estimated_bits", finite(cost.estimatedBits()));
        facts.put("expected_bits", cost.expectedBits());
        facts.put("cross_entropy_bits", cost.crossEntropyBits());
        facts.put("escapes", cost.escapes());
        facts.put("escape_bits", cost.escapeBits());
        facts.put("ideal_bits", cost.idealBits());
        return facts;
    }

    /** A number, or null where there is no estimate. */
    private static @Nullable Double finite(double bits) {
        return Double.isFinite(bits) ? bits : null;
    }

    private static List<Integer> dims(Shape shape) {
        return Arrays.stream(shape.toArray()).boxed().toList();
    }

    // ---- table

    private void print(Estimate estimate, Messages messages) {
        UniversalBatchedEntropyModel model = estimate.stored.model();
        RateReport report = estimate.report;
        Cost total = report.total();
        messages.say(input + ": " + model.bottleneckType().id() + " " + estimate.shape + ", step "
                + Numbers.plain(estimate.stored.step().value()) + ", "
                + (model.hasPrior() ? model.prior().family() : "tables alone") + " of shape " + report.priorShape()
                + ", " + model.coder().id());
        messages.say("");
        messages.say(String.format(Locale.ROOT, "%-15s%15s%13s", "", "bits", "per element"));
        if (report.hasEstimate()) {
            line(messages, "estimated", total.estimatedBits(), total, "-log2 of the prior's density");
        }
        line(messages, "expected", total.expectedBits(), total, "of data that follows the prior, under the tables");
        line(messages, "cross-entropy", total.crossEntropyBits(), total, "of this data and the tables");
        line(
                messages,
                "escapes",
                (double) total.escapeBits(),
                total,
                Numbers.count(total.escapes(), "value") + " outside the tables");
        line(messages, "ideal", total.idealBits(), total, "cross-entropy and escapes");
        line(messages, "real", 8.0 * report.bytes(), total, Numbers.count(report.bytes()) + " bytes in strings");
        line(messages, "overhead", report.overheadBits(), total, share(report.overheadBits(), total.idealBits()));
        printUnits(report, messages);
        printChannels(report, messages);
    }

    private static void line(Messages messages, String name, double bits, Cost total, String what) {
        String each = total.elements() == 0 ? "-" : Numbers.decimals(bits / total.elements(), 4);
        messages.say(String.format(Locale.ROOT, "%-15s%,15.1f%13s   %s", name, bits, each, what));
    }

    private static String share(double overhead, double ideal) {
        return ideal > 0 ? Numbers.decimals(100 * overhead / ideal, 3) + " % of ideal" : "real less ideal";
    }

    private static void printUnits(RateReport report, Messages messages) {
        if (report.units() == 0) {
            return;
        }
        messages.say("");
        messages.say(String.format(
                Locale.ROOT, "%-15s%15s%13s%13s", Numbers.count(report.units(), "unit"), "least", "mean", "most"));
        row(
                messages,
                "bytes",
                IntStream.range(0, report.units()).mapToDouble(report::bytes).toArray());
        row(
                messages,
                "overhead bytes",
                IntStream.range(0, report.units())
                        .mapToDouble(unit -> report.overheadBits(unit) / Byte.SIZE)
                        .toArray());
    }

    private static void row(Messages messages, String name, double... values) {
        double least = Arrays.stream(values).min().orElse(0);
        double mean = Arrays.stream(values).average().orElse(0);
        double most = Arrays.stream(values).max().orElse(0);
        messages.say(String.format(Locale.ROOT, "%-15s%,15.1f%,13.1f%,13.1f", name, least, mean, most));
    }

    private static void printChannels(RateReport report, Messages messages) {
        if (report.channels() < 2 || report.total().elements() == 0) {
            return;
        }
        List<Integer> shown = IntStream.range(0, report.channels())
                .boxed()
                .sorted(Comparator.comparingDouble(
                        channel -> -report.channel(channel).idealBits()))
                .limit(PRINTED_CHANNELS)
                .sorted()
                .toList();
        messages.say("");
        messages.say(
                shown.size() == report.channels()
                        ? "Bits per element of each channel:"
                        : "Bits per element of the " + shown.size() + " channels that take most, of "
                                + report.channels() + " (--json has all):");
        messages.say("channel   estimated   expected   cross-entropy   escapes       ideal");
        for (int channel : shown) {
            Cost cost = report.channel(channel);
            double n = cost.elements();
            messages.say(String.format(
                    Locale.ROOT,
                    "%7d%12s%11.4f%16.4f%,10d%12.4f",
                    channel,
                    report.hasEstimate() ? Numbers.decimals(cost.estimatedBits() / n, 4) : "-",
                    cost.expectedBits() / n,
                    cost.crossEntropyBits() / n,
                    cost.escapes(),
                    cost.idealBits() / n));
        }
    }
}
