package io.github.uniquant.cli;

import io.github.uniquant.CoderFormat;
import io.github.uniquant.DecodeLimits;
import io.github.uniquant.EntropyModel;
import io.github.uniquant.UniversalBatchedEntropyModel;
import io.github.uniquant.coder.MalformedBitstreamException;
import io.github.uniquant.container.ModelFile;
import io.github.uniquant.container.Step;
import io.github.uniquant.container.TensorFile;
import io.github.uniquant.tensor.Shape;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;
import tools.jackson.databind.SerializationFeature;
import tools.jackson.databind.json.JsonMapper;

/** What a file holds. */
@Command(
        name = "info",
        header = "Say what a .uq, .uqm or .npy file holds, without decoding it.",
        footerHeading = "%nExamples:%n",
        footer = {"  uniquant info X.uq", "  uniquant info X.uq --json | jq .bits_per_element"})
final class InfoCommand implements Runnable {
    /** Where the files differ: 'M', 'T' behind the same three bytes, or NumPy's mark. */
    private static final int MAGIC_BYTES = 4;

    @Spec
    @SuppressWarnings("NullAway.Init") // picocli sets it
    private CommandSpec spec;

    @Parameters(paramLabel = "FILE", description = "A compressed tensor, a model of any class, or an array.")
    @SuppressWarnings("NullAway.Init")
    private Path file;

    @Option(names = "--json", description = "Print one JSON object.")
    private boolean json;

    @Override
    public void run() {
        Map<String, @Nullable Object> facts = InputFile.read(file, InfoCommand::facts);
        if (json) {
            spec.commandLine()
                    .getOut()
                    .println(JsonMapper.builder()
                            .enable(SerializationFeature.INDENT_OUTPUT)
                            .build()
                            .writeValueAsString(facts));
        } else {
            print("", facts);
        }
    }

    private static Map<String, @Nullable Object> facts(MemorySegment bytes) {
        int length = (int) Math.min(MAGIC_BYTES, bytes.byteSize());
        byte[] start = bytes.asSlice(0, length).toArray(ValueLayout.JAVA_BYTE);
        if (Arrays.equals(start, new byte[] {(byte) 0xF5, 'U', 'Q', 'T'})) {
            return tensorFacts(TensorFile.of(bytes, DecodeLimits.DEFAULT));
        }
        if (Arrays.equals(start, new byte[] {(byte) 0xF5, 'U', 'Q', 'M'})) {
            EntropyModel model = ModelFile.read(EntropyModel.class, bytes);
            return modelFacts(model, ModelFile.readStep(bytes), bytes.byteSize());
        }
        if (Arrays.equals(start, new byte[] {(byte) 0x93, 'N', 'U', 'M'})) {
            return arrayFacts(NpyHeader.read(bytes), bytes.byteSize());
        }
        throw new MalformedBitstreamException("the file must be a .uq, .uqm or .npy file", 0);
    }

    private static Map<String, @Nullable Object> tensorFacts(TensorFile tensor) {
        long elements = tensor.shape().elements();
        Map<String, @Nullable Object> facts = new LinkedHashMap<>();
        facts.put("kind", "compressed tensor");
        facts.put("dtype", tensor.type().id());
        facts.put("shape", dims(tensor.shape()));
        facts.put("elements", elements);
        facts.put("step", tensor.step().value());
        facts.put("format", tensor.coder().id());
        facts.put("units", tensor.units());
        facts.put("unit_shape", dims(tensor.unitShape()));
        facts.put("segments", tensor.segments());
        facts.put("segment_elements", tensor.segmentElements());
        facts.put("bytes", tensor.totalBytes());
        facts.put("string_bytes", tensor.stringBytes());
        facts.put("bits_per_element", elements == 0 ? null : 8.0 * tensor.totalBytes() / elements);
        facts.put("holds_model", tensor.hasModel());
        facts.put("tables_hash", Numbers.hash(tensor.tablesHash()));
        facts.put("model", tensor.config());
        return facts;
    }

    private static Map<String, @Nullable Object> modelFacts(EntropyModel model, Step step, long bytes) {
        Map<String, @Nullable Object> facts = new LinkedHashMap<>();
        facts.put("kind", "model");
        facts.put("class", model.getClass().getSimpleName());
        facts.put("step", model instanceof UniversalBatchedEntropyModel ? step.value() : null); // others have none
        facts.put("format", model.coder().id());
        facts.put("bytes", bytes);
        boolean tableFree = model.coder() == CoderFormat.RANS_FREE;
        facts.put("tables", tableFree ? 0 : model.tables().count());
        facts.put("table_cells", tableFree ? 0 : model.tables().totalCells());
        facts.put("tables_hash", Numbers.hash(model.codingHash()));
        facts.put("model", model.getConfig());
        return facts;
    }

    private static Map<String, @Nullable Object> arrayFacts(NpyHeader header, long bytes) {
        Map<String, @Nullable Object> facts = new LinkedHashMap<>();
        facts.put("kind", "array");
        facts.put("descr", header.descr());
        facts.put("fortran_order", header.fortranOrder());
        facts.put("shape", dims(header.shape()));
        facts.put("elements", header.shape().elements());
        facts.put("bytes", bytes);
        return facts;
    }

    private static List<Integer> dims(Shape shape) {
        return Arrays.stream(shape.toArray()).boxed().toList();
    }

    private void print(String indent, Map<?, ?> facts) {
        for (var fact : facts.entrySet()) {
            String name =
                    indent + Messages.printable(String.valueOf(fact.getKey())).replace('_', ' ');
            if (fact.getValue() instanceof Map<?, ?> inner && !inner.isEmpty()) {
                spec.commandLine().getOut().println(name);
                print(indent + "  ", inner);
            } else {
                spec.commandLine()
                        .getOut()
                        .println(name
                                + " ".repeat(Math.max(1, 24 - name.length()))
                                + Messages.printable(text(fact.getValue())));
            }
        }
    }

    private static String text(@Nullable Object value) {
        return switch (value) {
            case null -> "-";
            case Long count -> Numbers.count(count);
            case Integer count -> Numbers.count(count);
            case Double number -> Numbers.plain(number);
            case Boolean yes -> yes ? "yes" : "no";
            case List<?> list ->
                list.stream()
                        .map(String::valueOf)
                        .collect(Collectors.joining(", ", "(", list.size() == 1 ? ",)" : ")"));
            default -> value.toString();
        };
    }
}
