package io.github.uniquant.coder.free;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import io.github.uniquant.coder.MalformedBitstreamException;
import io.github.uniquant.coder.free.FreeUnit.Family;
import io.github.uniquant.coder.free.FreeUnit.Source;
import java.util.Arrays;
import java.util.Locale;
import java.util.SplittableRandom;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What damage does to a table-free string: the one exception, or wrong symbols where no check can know. */
class FreeDamageTest {
    private static final int GUARD = 0x5A5A5A5A;
    private static final int MARGIN = 70;

    private enum Damage {
        CUT,
        EXTENDED,
        FLIPPED_BIT,
        FLIPPED_BIT_IN_FRONT,
        RANDOM_BYTES,
        ZEROS,
        ONES;

        byte[] of(byte[] string, SplittableRandom random) {
            int n = string.length;
            byte[] damaged = switch (this) {
                case CUT -> Arrays.copyOf(string, random.nextInt(n + 1));
                case EXTENDED -> Arrays.copyOf(string, n + 1 + random.nextInt(9));
                default -> string.clone();
            };
            switch (this) {
                case CUT -> {}
                case EXTENDED -> random(damaged, n, random);
                case FLIPPED_BIT -> flip(damaged, n, random);
                case FLIPPED_BIT_IN_FRONT -> flip(damaged, Math.min(n, 6), random);
                case RANDOM_BYTES -> random(damaged, 0, random);
                case ZEROS -> Arrays.fill(damaged, (byte) 0);
                case ONES -> Arrays.fill(damaged, (byte) -1);
            }
            return damaged;
        }

        private static void random(byte[] bytes, int from, SplittableRandom random) {
            for (int i = from; i < bytes.length; i++) {
                bytes[i] = (byte) random.nextInt();
            }
        }

        private static void flip(byte[] bytes, int end, SplittableRandom random) {
            if (end > 0) {
                bytes[random.nextInt(end)] ^= (byte) (1 << random.nextInt(8));
            }
        }
    }

    /** Decodes from the middle of an array to the middle of a guarded one; false where the string is refused. */
    private static boolean decodeGuarded(FreeUnit unit, FreeDecoder decoder, byte[] string) {
        int n = unit.elements();
        int[] symbols = new int[n + 2 * MARGIN];
        Arrays.fill(symbols, GUARD);
        byte[] in = new byte[string.length + 7];
        Arrays.fill(in, (byte) 0xA5);
        System.arraycopy(string, 0, in, 3, string.length);
        boolean decoded = false;
        try {
            int consumed = decoder.decode(
                    in,
                    3,
                    string.length,
                    unit.plan(),
                    (first, count, from) -> System.arraycopy(from, 0, symbols, MARGIN + first, count));
            assertThat(consumed).isBetween(0, string.length);
            decoded = true;
        } catch (MalformedBitstreamException e) {
            assertThat(e.offset()).isBetween(0L, (long) string.length);
        }
        assertThat(Arrays.copyOf(symbols, MARGIN)).containsOnly(GUARD);
        assertThat(Arrays.copyOfRange(symbols, MARGIN + n, n + 2 * MARGIN)).containsOnly(GUARD);
        return decoded;
    }

    static Stream<Arguments> pathsAndSources() {
        return FreePath.all().stream()
                .flatMap(path -> Stream.of(Source.values()).map(source -> Arguments.of(path, source)));
    }

    @ParameterizedTest
    @MethodSource("pathsAndSources")
    void damageIsRefusedOrGivesWrongSymbols(FreePath path, Source source) {
        SplittableRandom random = new SplittableRandom(source.name().hashCode());
        int refused = 0;
        int tries = 0;
        for (int i = 0; i < 40; i++) {
            Family family = Family.valueOf(i % 2 == 0 ? "NORMAL" : "LAPLACE");
            int precision = 3 + random.nextInt(14);
            double scale = Math.pow(10, 8 * random.nextDouble() - 4);
            FreeUnit unit =
                    FreeUnit.of(family, precision, 1 + random.nextInt(9), scale, random.nextInt(900), source, i);
            byte[] string = unit.encode(path);
            FreeDecoder checked = path.decoder(unit.cdfs(), true);
            FreeDecoder unchecked = path.decoder(unit.cdfs(), false);
            for (Damage damage : Damage.values()) {
                byte[] damaged = damage.of(string, random);
                boolean decoded = decodeGuarded(unit, checked, damaged);
                boolean uncheckedDecoded = decodeGuarded(unit, unchecked, damaged);
                assertThat(uncheckedDecoded || !decoded)
                        .as("what the check lets pass, a decoder without it does too")
                        .isTrue();
                if (!Arrays.equals(damaged, string) && string.length > 3) {
                    tries++;
                    refused += decoded ? 0 : 1;
                }
            }
            // A decoder that met damage is as good as new.
            assertThat(unit.decode(checked, string)).isEqualTo(unit.symbols());
        }
        assertThat(tries == 0 || refused > 0.9 * tries)
                .as("the final state tells most of the time: refused=%d tries=%d", refused, tries)
                .isTrue();
    }

    private static FreeUnit unit(int elements) {
        return FreeUnit.of(Family.LOGISTIC, 12, 1, 3, elements, Source.DRAWN, 1);
    }

    private static String refusal(FreeUnit unit, int... bytes) {
        byte[] string = new byte[bytes.length];
        for (int i = 0; i < bytes.length; i++) {
            string[i] = (byte) bytes[i];
        }
        String[] message = {""};
        assertThatExceptionOfType(MalformedBitstreamException.class)
                .isThrownBy(() -> unit.decode(FreePath.all().getFirst(), string))
                .satisfies(e -> message[0] = String.valueOf(e.getMessage()));
        return message[0];
    }

    @Test
    void eachCheckRefusesByItsName() {
        assertThat(refusal(unit(3), 5, 0)).contains("no leading zero bytes");
        assertThat(refusal(unit(3), 1)).contains("no leading zero bytes");
        assertThat(refusal(unit(0), 7)).contains("must end with the last symbol");
        // The start state stands on a cell of less than half the slots, and there is no word to go on with.
        assertThat(refusal(unit(3))).contains("a state must not be 0");
        // Header: lanes, k - 1 = 7, tail in front, tau = 15: a tail beyond the unit.
        assertThat(refusal(unit(300), 0xff, 0xff, 0x1f)).contains("at least a quarter");
        // Header: two lanes, tau = 0, and nothing to start the second lane from.
        assertThat(refusal(unit(300), 0x01, 0x02)).contains("must last for all lanes");
    }

    @Test
    void anEscapeBeyondAnInt32IsRefused() {
        FreeUnit unit = FreeUnit.of(
                Family.NORMAL.of(new double[] {0}, new double[] {1}), 12, 1, Source.OUTSIDE, new SplittableRandom(1));
        byte[] string = unit.encode(FreePath.all().getFirst());
        int refused = 0;
        for (int bit = 0; bit < 8 * string.length; bit++) {
            byte[] damaged = string.clone();
            damaged[bit / 8] ^= (byte) (1 << bit % 8);
            try {
                unit.decode(FreePath.all().getFirst(), damaged);
            } catch (MalformedBitstreamException e) {
                refused += String.valueOf(e.getMessage()).contains("int32") ? 1 : 0;
            }
        }
        assertThat(refused).isPositive();
    }

    /** Hostile strings may claim to be of one lane, as valid ones may: the scalar path's time is the measure. */
    @ParameterizedTest
    @ValueSource(strings = {"zeros", "ones", "random"})
    void hostileStringsTakeBoundedTime(String kind) {
        FreeUnit unit = FreeUnit.of(Family.NORMAL, 16, 3, 2000, 100_000, Source.DRAWN, 7);
        byte[] valid = unit.encode(FreePath.all().getLast());
        byte[] hostile = Damage.valueOf(kind.equals("random") ? "RANDOM_BYTES" : kind.toUpperCase(Locale.ROOT))
                .of(valid, new SplittableRandom(2));
        FreeDecoder reference = FreePath.all().getFirst().decoder(unit.cdfs(), true);
        for (FreePath path : FreePath.all()) {
            FreeDecoder decoder = path.decoder(unit.cdfs(), true);
            long validTime = Long.MAX_VALUE;
            long hostileTime = Long.MAX_VALUE;
            for (int i = 0; i < 12 || i < 300 && hostileTime >= 4 * validTime; i++) { // the machine may be busy
                long start = System.nanoTime();
                unit.decode(reference, valid);
                long middle = System.nanoTime();
                decodeGuarded(unit, decoder, hostile);
                validTime = Math.min(validTime, middle - start);
                hostileTime = Math.min(hostileTime, System.nanoTime() - middle);
            }
            assertThat(hostileTime).as("%s kernels", path).isLessThan(4 * validTime);
        }
    }
}
