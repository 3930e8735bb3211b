package io.github.uniquant.jmh.coder;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.uniquant.jmh.data.Draws;
import java.util.Random;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class StaticCoderTest {
    @ParameterizedTest
    @ValueSource(strings = {"uniquant-vector", "zstd-jni-1", "htsjdk-nx16", "htscodecs"})
    void decodeInvertsEncodeInAboutFourBitsASymbol(String name) {
        byte[] symbols = Draws.roundedNormal(100_003, 3.8608, 1);
        try (StaticCoder coder = StaticCoder.of(name, symbols)) {
            int bytes = coder.encode();
            coder.decode();
            assertThat(coder.decoded()).isEqualTo(symbols);
            assertThat(8.0 * bytes / symbols.length).isBetween(3.95, 4.15);
        } catch (UnavailableException e) {
            Assumptions.abort(e.reason());
        }
    }

    @Test
    void uniquantCodesSymbolsThatAreFarApartOrAllTheSame() {
        for (byte[] symbols : new byte[][] {{0, -1, 0, 127, -128}, new byte[500]}) {
            StaticCoder coder = StaticCoder.of("uniquant-scalar", symbols);
            coder.encode();
            coder.decode();
            assertThat(coder.decoded()).isEqualTo(symbols);
        }
    }

    @Test
    void histogramCountsEverySymbolAtEveryLength() {
        Random random = new Random(5);
        for (int length = 0; length < 40; length++) {
            byte[] symbols = new byte[length];
            random.nextBytes(symbols);
            int[] expected = new int[256];
            for (byte symbol : symbols) {
                expected[symbol & 0xff]++;
            }
            assertThat(new ByteHistogram().of(symbols)).isEqualTo(expected);
        }
    }
}
