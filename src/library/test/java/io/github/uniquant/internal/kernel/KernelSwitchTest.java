package io.github.uniquant.internal.kernel;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Method;
import java.lang.reflect.Modifier;
import java.lang.reflect.Proxy;
import java.util.Arrays;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Consumer;
import java.util.logging.Handler;
import java.util.logging.Level;
import java.util.logging.LogRecord;
import java.util.logging.Logger;
import java.util.stream.Collectors;
import javax.management.JMException;
import org.junit.jupiter.api.Test;

class KernelSwitchTest {
    private static final int WORK = 1000;
    private static final int PATIENCE = 3;

    /** The calls of the first round, timed ones included, and of most of the next. */
    private static final int FAST_CALLS = 505;

    private static final int SLOW_CALLS = 600;

    /** As fast as the scalar kernels, for that is what they are: ready as soon as they are asked. */
    private static final KernelSet READY = KernelSet.of("ready", KernelProvider.scalar());

    /** The scalar kernels, with something done before each call of one. */
    private static Kernels scalarAfter(Consumer<Method> before) {
        return (Kernels) Proxy.newProxyInstance(
                Kernels.class.getClassLoader(), new Class<?>[] {Kernels.class}, (proxy, method, arguments) -> {
                    before.accept(method);
                    try {
                        return method.invoke(KernelProvider.scalar(), arguments);
                    } catch (InvocationTargetException e) {
                        throw e.getCause();
                    }
                });
    }

    /** For longer than a kernel takes. */
    private static void spin() {
        for (long end = System.nanoTime() + 30_000; System.nanoTime() < end; ) {
            Thread.onSpinWait();
        }
    }

    private static void awaitEnd(Thread thread) throws InterruptedException {
        thread.join(60_000);
        assertThat(thread.isAlive()).isFalse();
    }

    @Test
    void startsOnTheScalarSetAndMovesWhenWarm() {
        KernelSwitch kernels = KernelSwitch.later(() -> READY, 0);
        assertThat(kernels.set(0)).isSameAs(KernelSet.SCALAR);
        assertThat(kernels).hasToString("scalar (until the vector kernels are compiled)");
        kernels.warmUp();
        assertThat(kernels.set(0)).isSameAs(READY);
        assertThat(kernels.reason()).matches("the widest vectors of this processor, compiled in \\d+ ms");
    }

    @Test
    void aThreadStartsAfterSoMuchWorkOnce() throws Exception {
        AtomicReference<Thread> loader = new AtomicReference<>();
        AtomicInteger loads = new AtomicInteger();
        CountDownLatch loading = new CountDownLatch(1);
        CountDownLatch mayLoad = new CountDownLatch(1);
        KernelSwitch kernels = KernelSwitch.later(
                () -> {
                    loader.set(Thread.currentThread());
                    loads.incrementAndGet();
                    loading.countDown();
                    try {
                        mayLoad.await();
                    } catch (InterruptedException e) {
                        throw new IllegalStateException(e);
                    }
                    return READY;
                },
                WORK);
        for (int done = 0; done < WORK - 1; done++) {
            assertThat(kernels.set(1)).isSameAs(KernelSet.SCALAR);
        }
        assertThat(loads).hasValue(0);
        kernels.set(1);
        loading.await();
        Thread thread = loader.get();
        assertThat(thread.getName()).isEqualTo(KernelSwitch.THREAD_NAME);
        assertThat(thread.isDaemon()).isTrue();
        // Work goes on meanwhile, and starts nothing more.
        for (int i = 0; i < 10; i++) {
            assertThat(kernels.set(WORK)).isSameAs(KernelSet.SCALAR);
        }
        mayLoad.countDown();
        kernels.warmUp(); // waits for the thread
        assertThat(kernels.set(WORK)).isSameAs(READY);
        awaitEnd(thread);
        assertThat(loads).hasValue(1);
    }

    @Test
    void callsOfAllSizesAreCounted() {
        AtomicInteger loads = new AtomicInteger();
        KernelSwitch kernels = KernelSwitch.later(
                () -> {
                    loads.incrementAndGet();
                    return null;
                },
                Integer.MAX_VALUE);
        kernels.set(Integer.MAX_VALUE - 1);
        kernels.set(0);
        assertThat(loads).hasValue(0);
        kernels.set(Integer.MAX_VALUE);
        kernels.warmUp();
        assertThat(loads).hasValue(1);
    }

    @Test
    void withoutWorkToCountNoThreadStarts() {
        KernelSwitch kernels = KernelSwitch.later(
                () -> {
                    throw new AssertionError("nothing is to be loaded");
                },
                0);
        for (int i = 0; i < 10; i++) {
            assertThat(kernels.set(Integer.MAX_VALUE)).isSameAs(KernelSet.SCALAR);
        }
    }

    @Test
    void whereVectorsLackOrFailTheScalarSetStays() {
        KernelSwitch lacking = KernelSwitch.later(() -> null, 0);
        lacking.warmUp();
        assertThat(lacking).hasToString("scalar (the processor has no 256-bit integer vectors)");

        KernelSwitch failing = KernelSwitch.later(
                () -> {
                    throw new ExceptionInInitializerError("no such shape");
                },
                0);
        failing.warmUp();
        assertThat(failing.set(0)).isSameAs(KernelSet.SCALAR);
        assertThat(failing.reason())
                .startsWith("the vector kernels do not work here: ")
                .endsWith("no such shape");
    }

    /** One record for what those who switched vectors on will not have, and why. */
    @Test
    void whereVectorsLackOrFailOneRecordSaysWhy() throws Exception {
        assertThat(recordsOf(() -> KernelSwitch.later(() -> null, 0).warmUp()))
                .containsExactly("INFO kernels: scalar (the processor has no 256-bit integer vectors) null");

        IllegalStateException failure = new IllegalStateException("no such shape");
        KernelSwitch failing = KernelSwitch.later(
                () -> {
                    throw failure;
                },
                1);
        assertThat(recordsOf(() -> {
                    failing.set(1); // starts the thread
                    failing.warmUp(); // waits for it
                    failing.warmUp();
                }))
                .containsExactly(
                        "WARNING kernels: scalar (the vector kernels do not work here: " + failure + ") " + failure);

        assertThat(recordsOf(() -> KernelSwitch.later(() -> READY, 0).warmUp())).isEmpty();
    }

    /** What is logged at INFO and above meanwhile: level, message, and what was thrown. */
    private static List<String> recordsOf(Runnable action) {
        assertThat(KernelProvider.LOGGER.isLoggable(System.Logger.Level.INFO)).isTrue();
        List<String> records = new CopyOnWriteArrayList<>();
        Handler handler = new Handler() {
            @Override
            public void publish(LogRecord entry) {
                if (entry.getLevel().intValue() >= Level.INFO.intValue()) {
                    records.add(entry.getLevel() + " " + entry.getMessage() + " " + entry.getThrown());
                }
            }

            @Override
            public void flush() {}

            @Override
            public void close() {}
        };
        Logger logger = Logger.getLogger(KernelProvider.LOGGER.getName());
        logger.addHandler(handler);
        try {
            action.run();
        } finally {
            logger.removeHandler(handler);
        }
        return records;
    }

    /** As where memory is short: the thread ends, and the process would wait for good. */
    @Test
    void anErrorOfTheWarmUpEndsIt() throws Exception {
        KernelSwitch kernels = KernelSwitch.later(
                () -> {
                    throw new OutOfMemoryError("none left");
                },
                0);
        kernels.warmUp();
        assertThat(kernels)
                .hasToString("scalar (the vector kernels do not work here: java.lang.OutOfMemoryError: none left)");
    }

    /** They leave the processor to the compiler: without them the rounds would be over before it is. */
    @Test
    void pausesLastInAnInterruptedThread() {
        long start = System.nanoTime();
        Thread.currentThread().interrupt();
        assertThat(KernelWarmUp.run(READY, List.of(), PATIENCE)).isEmpty();
        assertThat(Thread.interrupted()).isTrue();
        assertThat(System.nanoTime() - start).isGreaterThanOrEqualTo(200_000_000);
    }

    @Test
    void aSetForGoodIsNotLeft() {
        KernelSwitch kernels = KernelSwitch.fixed(KernelSet.SCALAR, "wanted");
        kernels.warmUp();
        assertThat(kernels.set(Integer.MAX_VALUE)).isSameAs(KernelSet.SCALAR);
        assertThat(kernels).hasToString("scalar (wanted)");
    }

    @Test
    void whatCannotRunIsRefusedAtEveryUse() {
        KernelSwitch kernels = KernelSwitch.refused("no such width");
        kernels.warmUp();
        assertThatThrownBy(() -> kernels.set(1))
                .isInstanceOf(IllegalStateException.class)
                .hasMessage("no such width");
        assertThat(kernels).hasToString("none (no such width)");
    }

    /** As vector kernels are before they are compiled, and for ever where the VM does not compile them. */
    @Test
    void kernelsThatStaySlowAreNotTaken() {
        Kernels slow = scalarAfter(method -> spin());
        assertThat(KernelWarmUp.run(KernelSet.of("slow", slow), KernelSet.codingExercises(), PATIENCE))
                .isNotEmpty();
    }

    /** As where the compiler drops the code of a kernel for a case that it left out. */
    @Test
    void kernelsThatAreSlowAgainAreWaitedFor() {
        AtomicInteger calls = new AtomicInteger();
        Kernels again = scalarAfter(method -> {
            int call = calls.incrementAndGet();
            if (call > FAST_CALLS && call <= FAST_CALLS + SLOW_CALLS) {
                spin();
            }
        });
        List<KernelExercise> exercises = KernelSet.codingExercises().stream()
                .filter(exercise -> exercise.kernel().equals("rows"))
                .toList();
        assertThat(KernelWarmUp.run(KernelSet.of("slow again", again), exercises, PATIENCE))
                .isEmpty();
        assertThat(calls).hasValueGreaterThan(FAST_CALLS + SLOW_CALLS);
    }

    /** Where it does not, kernels that wait for the compiler go unseen. */
    @Test
    void theVmTellsWhatWaitsForTheCompiler() throws JMException {
        assertThat((String) VmCompiler.ask(VmCompiler.COMMANDS, "compilerQueue"))
                .contains("C2 compile queue");
    }

    @Test
    void everyKernelIsExercised() {
        Set<String> called = new TreeSet<>();
        KernelSet recording = KernelSet.of("recording", scalarAfter(method -> called.add(method.toGenericString())));
        for (KernelExercise exercise : KernelSet.codingExercises()) {
            for (int turn = 0; turn < 100; turn++) {
                exercise.run(recording, turn, KernelExercise.LONG);
            }
        }
        // The vector set has the scalar kernel there.
        Set<String> wanted = Arrays.stream(Kernels.class.getMethods())
                .filter(method -> Modifier.isAbstract(method.getModifiers()))
                .filter(method -> method.getParameterCount() > 0) // the others say what it is
                .filter(method -> !method.getName().equals("reconstructFloat16"))
                .map(Method::toGenericString)
                .collect(Collectors.toCollection(TreeSet::new));
        assertThat(called).isEqualTo(wanted);
    }

    @Test
    void everyKernelOfTableFreeCodingIsExercised() {
        Set<String> called = new TreeSet<>();
        FreeKernels recording = (FreeKernels) Proxy.newProxyInstance(
                FreeKernels.class.getClassLoader(), new Class<?>[] {FreeKernels.class}, (proxy, method, arguments) -> {
                    Object result = method.invoke(KernelProvider.scalarFree(), arguments);
                    called.add(method.getName()
                            + (method.getName().equals("decodeLanes") || (int) result == 0 ? "" : " extra"));
                    return result;
                });
        KernelSet scalar = KernelSet.SCALAR;
        KernelSet set = new KernelSet(
                "recording", scalar.coding(), scalar.priors(), scalar.gradients(), scalar.dither(), recording);
        for (KernelExercise exercise : FreeExercises.all()) {
            for (int turn = 0; turn < 100; turn++) {
                exercise.run(set, turn, KernelExercise.LONG);
            }
        }
        assertThat(called).contains("rows", "rows extra", "decodeLanes", "symbols", "symbols extra");
    }

    /** All quantities of all families, and each method; mixtures of one family, as what they share is compiled by itself. */
    @Test
    void everyKernelOfDistributionsIsExercised() {
        Set<String> called = new TreeSet<>();
        PriorKernels priors = (PriorKernels) Proxy.newProxyInstance(
                PriorKernels.class.getClassLoader(),
                new Class<?>[] {PriorKernels.class},
                (proxy, method, arguments) -> {
                    called.add(method.getName()
                            + (arguments[0] instanceof PriorKernels.Quantity ? " " + arguments[0] : "")
                            + (method.getName().equals("locationScale") ? " " + arguments[1] : ""));
                    return method.invoke(ScalarPriorKernels.INSTANCE, arguments);
                });
        GradientKernels gradients = (GradientKernels) Proxy.newProxyInstance(
                GradientKernels.class.getClassLoader(),
                new Class<?>[] {GradientKernels.class},
                (proxy, method, arguments) -> {
                    called.add("gradients " + method.getName()
                            + (arguments[0] instanceof BoxParameters boxes ? " " + boxes.family() : ""));
                    return method.invoke(ScalarGradientKernels.INSTANCE, arguments);
                });
        KernelSet scalar = KernelSet.SCALAR;
        KernelSet set = new KernelSet("recording", scalar.coding(), priors, gradients, scalar.dither(), scalar.free());
        for (KernelExercise exercise : KernelSet.distributionExercises()) {
            for (int turn = 0; turn < 10; turn++) {
                exercise.run(set, turn, KernelExercise.LONG);
            }
        }
        Set<String> wanted = new TreeSet<>(Set.of(
                "withTail",
                "gradients accumulate",
                "gradients mixture",
                "gradients mixtureGradients",
                "gradients deepFactorized"));
        for (PriorKernels.Quantity quantity : PriorKernels.Quantity.values()) {
            wanted.add("deepFactorized " + quantity);
            if (quantity.ofFamilies()) {
                wanted.add("mixture " + quantity);
            }
            for (PriorKernels.Family family : PriorKernels.Family.values()) {
                if (quantity.ofFamilies()) {
                    wanted.add("locationScale " + quantity + " " + family);
                }
                wanted.add("gradients locationScale " + family);
            }
        }
        assertThat(called).isEqualTo(wanted);
    }

    /** The coder's kernels may be ready before those of distributions. */
    @Test
    void distributionsFollowTheCoder() {
        KernelSet set = READY.ofCoding();
        assertThat(set.coding()).isSameAs(READY.coding());
        assertThat(set.priors()).isSameAs(KernelSet.SCALAR.priors());
        assertThat(set.gradients()).isSameAs(KernelSet.SCALAR.gradients());
        PriorKernels slow = (PriorKernels) Proxy.newProxyInstance(
                PriorKernels.class.getClassLoader(),
                new Class<?>[] {PriorKernels.class},
                (proxy, method, arguments) -> {
                    throw new LinkageError("no priors");
                });
        KernelSet scalar = KernelSet.SCALAR;
        KernelSet failing =
                new KernelSet("ready", scalar.coding(), slow, scalar.gradients(), scalar.dither(), scalar.free());
        Set<String> meanwhile = new TreeSet<>();
        AtomicReference<KernelSwitch> kernels = new AtomicReference<>();
        PriorKernels observing = (PriorKernels) Proxy.newProxyInstance(
                PriorKernels.class.getClassLoader(),
                new Class<?>[] {PriorKernels.class},
                (proxy, method, arguments) -> {
                    meanwhile.add(kernels.get().toString());
                    return method.invoke(ScalarPriorKernels.INSTANCE, arguments);
                });
        KernelSet observed =
                new KernelSet("ready", scalar.coding(), observing, scalar.gradients(), scalar.dither(), scalar.free());
        kernels.set(KernelSwitch.later(() -> observed, 0));
        kernels.get().warmUp();
        assertThat(meanwhile)
                .containsExactly(
                        "ready (the widest vectors of this processor, those of distributions when they are compiled)");
        assertThat(kernels.get().set(0)).isSameAs(observed);
        KernelSwitch broken = KernelSwitch.later(() -> failing, 0);
        broken.warmUp();
        assertThat(broken.set(0)).isSameAs(KernelSet.SCALAR);
    }

    /** Else some run without the branch that escapes take, and fall out of compiled code at the first one. */
    @Test
    void exercisesMeetEscapesRefusalsAndNone() {
        AtomicInteger calls = new AtomicInteger();
        Set<String> results = new TreeSet<>();
        Kernels observed = (Kernels) Proxy.newProxyInstance(
                Kernels.class.getClassLoader(), new Class<?>[] {Kernels.class}, (proxy, method, arguments) -> {
                    Object result = method.invoke(KernelProvider.scalar(), arguments);
                    calls.incrementAndGet();
                    if (method.getName().startsWith("quantize")) {
                        results.add(method.getName() + ((int) result < 0 ? " accepts" : " refuses"));
                    } else if (method.getName().equals("rows")) {
                        results.add("rows" + ((int) result > 0 ? " escape" : ""));
                    } else if (method.getName().equals("decodeLanes")) {
                        results.add("decodeLanes" + (((int[]) arguments[14])[0] > 0 ? " escape" : ""));
                    }
                    return result;
                });
        for (KernelExercise exercise : CodingExercises.all()) {
            for (int turn = 0; turn < 100; turn++) {
                exercise.run(KernelSet.of("observed", observed), turn, KernelExercise.LONG);
            }
        }
        assertThat(calls).hasValue(100 * CodingExercises.all().size());
        assertThat(results)
                .contains(
                        "quantize accepts",
                        "quantize refuses",
                        "quantizeFloat16 accepts",
                        "quantizeFloat16 refuses",
                        "quantizeBfloat16 accepts",
                        "quantizeBfloat16 refuses",
                        "rows",
                        "rows escape",
                        "decodeLanes escape");
    }
}
