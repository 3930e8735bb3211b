package io.github.uniquant.internal.kernel;

import io.github.uniquant.BitStrings;
import io.github.uniquant.Uniquant;
import io.github.uniquant.UniversalBatchedEntropyModel;
import io.github.uniquant.prior.NoisyNormal;
import io.github.uniquant.prior.Prior;
import io.github.uniquant.tensor.Shape;
import io.github.uniquant.tensor.Tensor;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.SplittableRandom;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

/** What {@link ColdStartTest} starts: does the steps that its arguments name, and prints a line for each. */
final class ColdStartProgram {
    /** Codes a tensor; prints the kernels and a hash of what came out. */
    static final String CODE = "code";

    /** Codes more than it takes to start the thread; prints whether there is one. */
    static final String WORK = "work";

    /** Takes more gradients than it takes to start the thread, and codes nothing; prints as {@link #WORK}. */
    static final String TRAIN = "train";

    /** Prints what {@link Uniquant#kernels} says after {@link Uniquant#warmUp}. */
    static final String WARM_UP = "warm-up";

    /** Codes on some threads, each checking what comes out, until the kernels are others, and beyond; prints which. */
    static final String UNTIL_THE_SWITCH = "until-the-switch";

    /** Prints what {@link Uniquant#kernels} says after the kernels' part of the warm-up. */
    static final String WARM_UP_KERNELS = "warm-up-kernels";

    /** Prints whether the kernels come to run compiled in a few rounds. */
    static final String COMPILES = "compiles";

    /** Runs all kernels, and prints the compiled methods that have vectors as arguments or results, with their bytes. */
    static final String COMPILED_HELPERS = "compiled-helpers";

    /** Kernels go over an element five times, of which some spare the tail of a unit. */
    private static final long KERNELS_AN_ELEMENT = 4;

    private static final int CHANNELS = 16;
    private static final int ROWS = 256;
    private static final int UNITS = 3;
    private static final int THREADS = 2;
    private static final int CALLS_BEYOND = 200;
    private static final int PATIENCE = 5;
    private static final long EXERCISE_NANOS = 1_000_000_000;
    private static final int EXERCISE_ELEMENTS = 256;
    private static final long LONGEST_WAIT = 500_000_000_000L; // nanoseconds; seconds are usual

    /** A line of the VM's list of compiled code: number, tier, state, method, and where its instructions lie. */
    private static final Pattern COMPILED_HELPER = Pattern.compile(
            "\\d+ 4 \\d+ io\\.github\\.uniquant\\.internal\\.kernel\\.(?<name>\\w+(/0x\\w+)?\\.\\w+)\\S*Ljdk/incubator/vector/\\S* "
                    + "\\[0x\\w+, (?<start>0x\\w+) - (?<end>0x\\w+)]");

    private final Prior prior;
    private final UniversalBatchedEntropyModel model;
    private final Tensor tensor;

    private ColdStartProgram() {
        double[] scale = new double[CHANNELS];
        Arrays.setAll(scale, i -> 0.3 + i);
        prior = NoisyNormal.of(Shape.of(CHANNELS), new double[CHANNELS], scale);
        model = UniversalBatchedEntropyModel.builder(prior)
                .codingRank(2)
                .compression(true)
                .build();
        SplittableRandom random = new SplittableRandom(2);
        float[] values = new float[UNITS * ROWS * CHANNELS];
        for (int i = 0; i < values.length; i++) {
            double outlier = random.nextInt(500) == 0 ? 1000 : 1;
            values[i] = (float) ((random.nextDouble() + random.nextDouble() - 1) * 3 * scale[i % CHANNELS] * outlier);
        }
        tensor = Tensor.of(Shape.of(UNITS, ROWS, CHANNELS), values);
    }

    public static void main(String[] steps) throws Exception {
        ColdStartProgram program = null;
        for (String step : steps) {
            try {
                program = program == null ? new ColdStartProgram() : program; // builds tables, by kernels
                System.out.println(step + ": " + program.run(step));
            } catch (IllegalStateException e) {
                System.out.println(step + ": refused: " + e.getMessage());
            }
        }
    }

    private String run(String step) throws Exception {
        return switch (step) {
            case CODE -> code() + " " + KernelProvider.kernels().name();
            case WORK -> {
                for (long done = 0;
                        done < KernelProvider.WORK_BEFORE_WARM_UP;
                        done += KERNELS_AN_ELEMENT * tensor.size()) {
                    code();
                }
                yield warmUpThreads() + " " + KernelProvider.kernels().name();
            }
            case TRAIN -> {
                takeGradients(KernelProvider.WORK_BEFORE_WARM_UP / KernelProvider.WORK_OF_A_VALUE);
                yield warmUpThreads() + " " + KernelProvider.kernels().name();
            }
            case WARM_UP -> {
                Uniquant.warmUp();
                yield Uniquant.kernels();
            }
            case WARM_UP_KERNELS -> {
                KernelProvider.warmUp();
                yield Uniquant.kernels();
            }
            case UNTIL_THE_SWITCH -> untilTheSwitch();
            case COMPILES -> {
                Kernels kernels = KernelProvider.kernels();
                yield kernels.name() + " "
                        + KernelWarmUp.run(KernelSet.of(kernels.name(), kernels), KernelSet.codingExercises(), PATIENCE)
                                .isEmpty();
            }
            case COMPILED_HELPERS -> compiledHelpers();
            default -> throw new IllegalArgumentException("no such step: step=" + step);
        };
    }

    /** A hash of the strings of the tensor, and of what they decode to. */
    private int code() {
        BitStrings strings = model.compress(tensor);
        Tensor decoded = model.decompress(strings, Shape.of(ROWS));
        return Arrays.hashCode(new int[] {Arrays.hashCode(strings.toBytes()), Arrays.hashCode(decoded.floats())});
    }

    private void takeGradients(int least) {
        double[] values = new double[tensor.size()];
        double[] weights = new double[values.length];
        double[] logProbs = new double[values.length];
        double[][] sums = new double[2][CHANNELS];
        for (int done = 0; done < least; done += values.length) {
            prior.logProbAndGradients(values, 0, 0, values.length, weights, 0, logProbs, 0, values, 0, sums);
        }
    }

    private static List<String> warmUpThreads() {
        return Thread.getAllStackTraces().keySet().stream()
                .filter(thread -> thread.getName().equals(KernelSwitch.THREAD_NAME))
                .map(thread -> thread.isDaemon() ? "daemon" : "user")
                .toList();
    }

    private String untilTheSwitch() throws Exception {
        int expected = code();
        String before = KernelProvider.kernels().name();
        long start = System.nanoTime();
        Callable<String> coding = () -> {
            int beyond = before.equals("scalar") ? 0 : CALLS_BEYOND;
            while (beyond < CALLS_BEYOND) {
                if (code() != expected) {
                    return "other bytes";
                }
                if (!KernelProvider.kernels().name().equals(before)) {
                    beyond++;
                } else if (System.nanoTime() - start > LONGEST_WAIT) {
                    return "no switch: " + KernelProvider.reason();
                }
            }
            return before + " to " + KernelProvider.kernels().name();
        };
        List<String> results = new ArrayList<>();
        try (ExecutorService threads = Executors.newFixedThreadPool(THREADS)) {
            for (Future<String> result : threads.invokeAll(Collections.nCopies(THREADS, coding))) {
                results.add(result.get());
            }
        }
        while (!warmUpThreads().isEmpty() && System.nanoTime() - start < LONGEST_WAIT) {
            Thread.onSpinWait();
        }
        return results + " " + warmUpThreads();
    }

    private static String compiledHelpers() throws Exception {
        KernelSet kernels = KernelProvider.current();
        for (List<KernelExercise> exercises : List.of(KernelSet.codingExercises(), KernelSet.distributionExercises())) {
            for (KernelExercise exercise : exercises) {
                long start = System.nanoTime();
                for (int turn = 0; System.nanoTime() - start < EXERCISE_NANOS; turn++) {
                    exercise.run(kernels, turn, EXERCISE_ELEMENTS);
                }
            }
        }
        String list = (String) VmCompiler.ask(VmCompiler.COMMANDS, "compilerCodelist");
        return COMPILED_HELPER
                .matcher(list)
                .results()
                .map(match -> match.group("name") + ": "
                        + (Long.decode(match.group("end")) - Long.decode(match.group("start"))))
                .sorted()
                .distinct()
                .collect(Collectors.joining(", "));
    }
}
