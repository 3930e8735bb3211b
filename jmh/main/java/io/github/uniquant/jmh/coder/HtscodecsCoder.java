package io.github.uniquant.jmh.coder;

import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.SymbolLookup;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.MethodHandle;
import java.util.List;

/**
 * The C library htscodecs (Debian's package libhtscodecs2), called directly, on memory outside the heap: rANS of order 0
 * with 32 states and 16-bit words, by the instruction set that the library itself picks. With {@code
 * -Duniquant.htscodecs=avx2} it picks none beyond AVX2: for comparison with a JVM that has no wider vectors.
 */
public final class HtscodecsCoder implements StaticCoder {
    private static final String LIBRARY = "libhtscodecs.so.2";

    private static final boolean AVX2_AT_MOST = avx2AtMost(System.getProperty("uniquant.htscodecs", ""));

    /** RANS_CPU_ENC_SSE4, RANS_CPU_ENC_AVX2, RANS_CPU_DEC_SSE4 and RANS_CPU_DEC_AVX2. */
    private static final int SSE4_AND_AVX2 = 0x303;

    /** RANS_ORDER_X32: 32 states; the order in the low bits is 0. */
    private static final int ORDER_0_32_STATES = 0x04;

    private final Arena arena = Arena.ofShared();
    private final Functions functions = new Functions();
    private final MemorySegment symbols;
    private final MemorySegment decoded;
    private final MemorySegment string;
    private final MemorySegment size = arena.allocate(ValueLayout.JAVA_INT);
    private int length;

    HtscodecsCoder(byte[] symbols) {
        if (AVX2_AT_MOST) {
            functions.allow(SSE4_AND_AVX2);
        }
        this.symbols = arena.allocate(symbols.length).copyFrom(MemorySegment.ofArray(symbols));
        this.decoded = arena.allocate(symbols.length);
        this.string = arena.allocate(functions.compressBound(symbols.length, ORDER_0_32_STATES));
    }

    private static boolean avx2AtMost(String limit) {
        if (!limit.isEmpty() && !limit.equals("avx2")) {
            throw new IllegalArgumentException("uniquant.htscodecs must be avx2 or unset: " + limit);
        }
        return !limit.isEmpty();
    }

    @Override
    public int encode() {
        size.set(ValueLayout.JAVA_INT, 0, (int) string.byteSize());
        functions.compress(symbols, string, size, ORDER_0_32_STATES);
        length = size.get(ValueLayout.JAVA_INT, 0);
        return length;
    }

    @Override
    public void decode() {
        size.set(ValueLayout.JAVA_INT, 0, (int) decoded.byteSize());
        functions.uncompress(string, length, decoded, size);
    }

    @Override
    public byte[] decoded() {
        return decoded.toArray(ValueLayout.JAVA_BYTE);
    }

    @Override
    public void close() {
        arena.close();
    }

    /**
     * The library's version and, from its source, the instruction sets that order 0 takes on a CPU with these flags: the
     * decoder AVX-512 where there is any; the encoder too, but AVX2 on AMD's.
     */
    public static String describe(List<String> cpuFlags, String cpuVendor) {
        try {
            String version = new Functions().version();
            boolean wide = cpuFlags.contains("avx512f") && !AVX2_AT_MOST;
            String decoder = wide ? "AVX-512" : cpuFlags.contains("avx2") ? "AVX2" : "SSE4 or plain C";
            String encoder = decoder.equals("AVX-512") && cpuVendor.equals("AuthenticAMD") ? "AVX2" : decoder;
            return version + ", encoder " + encoder + ", decoder " + decoder;
        } catch (UnavailableException e) {
            return e.reason();
        }
    }

    /** The library's functions, as rANS_static4x16.h and htscodecs.h declare them. */
    @SuppressWarnings("restricted") // calling C is what it is for
    private static final class Functions {
        private final MethodHandle compressBound;
        private final MethodHandle compressTo;
        private final MethodHandle uncompressTo;
        private final MethodHandle setCpu;
        private final MethodHandle version;

        Functions() {
            SymbolLookup library;
            try {
                // Never unloaded: it frees its scratch when a thread ends, which may be after any other arena's close.
                library = SymbolLookup.libraryLookup(LIBRARY, Arena.global());
            } catch (IllegalArgumentException e) {
                throw new UnavailableException(
                        "htscodecs is skipped: " + LIBRARY + " is not installed (Debian's package is libhtscodecs2)");
            }
            compressBound = find(
                    library,
                    "rans_compress_bound_4x16",
                    FunctionDescriptor.of(ValueLayout.JAVA_INT, ValueLayout.JAVA_INT, ValueLayout.JAVA_INT));
            compressTo = find(
                    library,
                    "rans_compress_to_4x16",
                    FunctionDescriptor.of(
                            ValueLayout.ADDRESS,
                            ValueLayout.ADDRESS,
                            ValueLayout.JAVA_INT,
                            ValueLayout.ADDRESS,
                            ValueLayout.ADDRESS,
                            ValueLayout.JAVA_INT));
            uncompressTo = find(
                    library,
                    "rans_uncompress_to_4x16",
                    FunctionDescriptor.of(
                            ValueLayout.ADDRESS,
                            ValueLayout.ADDRESS,
                            ValueLayout.JAVA_INT,
                            ValueLayout.ADDRESS,
                            ValueLayout.ADDRESS));
            setCpu = find(library, "rans_set_cpu", FunctionDescriptor.ofVoid(ValueLayout.JAVA_INT));
            version = find(library, "htscodecs_version", FunctionDescriptor.of(ValueLayout.ADDRESS));
        }

        private static MethodHandle find(SymbolLookup library, String name, FunctionDescriptor descriptor) {
            MemorySegment address = library.find(name)
                    .orElseThrow(() ->
                            new UnavailableException("htscodecs is skipped: " + LIBRARY + " has no function " + name));
            return Linker.nativeLinker().downcallHandle(address, descriptor);
        }

        int compressBound(int count, int order) {
            try {
                return (int) compressBound.invokeExact(count, order);
            } catch (Throwable e) {
                throw unexpected(e);
            }
        }

        void compress(MemorySegment symbols, MemorySegment string, MemorySegment stringSize, int order) {
            try {
                MemorySegment result = (MemorySegment)
                        compressTo.invokeExact(symbols, (int) symbols.byteSize(), string, stringSize, order);
                requireResult(result);
            } catch (Throwable e) {
                throw unexpected(e);
            }
        }

        void uncompress(MemorySegment string, int length, MemorySegment symbols, MemorySegment symbolsSize) {
            try {
                MemorySegment result = (MemorySegment) uncompressTo.invokeExact(string, length, symbols, symbolsSize);
                requireResult(result);
            } catch (Throwable e) {
                throw unexpected(e);
            }
        }

        /** Restricts the library, for good, to the sets of instructions of these bits. */
        void allow(int instructionSets) {
            try {
                setCpu.invokeExact(instructionSets);
            } catch (Throwable e) {
                throw unexpected(e);
            }
        }

        String version() {
            try {
                MemorySegment text = (MemorySegment) version.invokeExact();
                return text.reinterpret(64).getString(0);
            } catch (Throwable e) {
                throw unexpected(e);
            }
        }

        private static void requireResult(MemorySegment result) {
            if (result.address() == 0) {
                throw new IllegalStateException("htscodecs returned no result");
            }
        }

        private static IllegalStateException unexpected(Throwable e) {
            return e instanceof IllegalStateException state
                    ? state
                    : new IllegalStateException("a call of htscodecs failed", e);
        }
    }
}
