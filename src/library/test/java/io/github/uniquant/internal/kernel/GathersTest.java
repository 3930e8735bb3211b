package io.github.uniquant.internal.kernel;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.StringReader;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class GathersTest {
    @ParameterizedTest
    @CsvSource({
        "AuthenticAMD, 25, true", // Zen 3 and 4
        "AuthenticAMD, 26, false", // Zen 5
        "AuthenticAMD, 23, false",
        "GenuineIntel, 6, false",
        "GenuineIntel, 25, false"
    })
    void vendorAndFamilyNameAZen4(String vendor, int family, boolean expected) throws IOException {
        assertThat(isZen4(
                        "processor\t: 0\nvendor_id\t: " + vendor + "\ncpu family\t: " + family + "\nmodel\t\t: 17\n\n"))
                .isEqualTo(expected);
    }

    @ParameterizedTest
    @CsvSource({
        "''",
        "'CPU implementer\t: 0x41\n\nvendor_id\t: AuthenticAMD\ncpu family\t: 25\n'",
        "'cpu family\t: 25\n'"
    })
    void whatDoesNotSaySoIsNone(String text) throws IOException {
        assertThat(isZen4(text)).isFalse();
    }

    private static boolean isZen4(String text) throws IOException {
        return Gathers.isZen4(new BufferedReader(new StringReader(text)));
    }
}
