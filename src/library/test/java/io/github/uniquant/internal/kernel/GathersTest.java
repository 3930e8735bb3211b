package io.github.uniquant.internal.kernel;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.StringReader;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class GathersTest {
    @ParameterizedTest
    @CsvSource({"AuthenticAMD, true", "GenuineIntel, false", "AuthenticAMD by another, false"})
    void theVendorNamesAnAmd(String vendor, boolean expected) throws IOException {
        assertThat(isAmd("processor\t: 0\nvendor_id\t: " + vendor + "\ncpu family\t: 25\nmodel\t\t: 17\n\n"))
                .isEqualTo(expected);
    }

    @ParameterizedTest
    @CsvSource({
        "''",
        "'CPU implementer\t: 0x41\n\nvendor_id\t: AuthenticAMD\ncpu family\t: 25\n'",
        "'cpu family\t: 25\n'"
    })
    void whatDoesNotSaySoIsNone(String text) throws IOException {
        assertThat(isAmd(text)).isFalse();
    }

    private static boolean isAmd(String text) throws IOException {
        return Gathers.isAmd(new BufferedReader(new StringReader(text)));
    }
}
