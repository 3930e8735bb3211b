package io.github.uniquant.coder.free;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.uniquant.coder.free.FreeGoldenStreams.Stream;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Table-free strings written once and for all: any coder must read and write them. */
class FreeGoldenStreamsTest {
    private static final int LEAST_STREAMS = 43;

    static List<Stream> streams() {
        return FreeGoldenStreams.load();
    }

    @ParameterizedTest
    @MethodSource("streams")
    void everyPathReadsAndWritesTheStream(Stream stream) {
        FreeUnit unit = stream.unit();
        for (FreePath path : FreePath.all()) {
            assertThat(unit.encode(path)).as("bytes by %s", path).isEqualTo(stream.string());
            assertThat(unit.decode(path, stream.string()))
                    .as("symbols by %s", path)
                    .isEqualTo(stream.symbols());
        }
        assertThat(TextbookFreeCoder.decode(unit, stream.string())).isEqualTo(stream.symbols());
    }

    @Test
    void theStreamsTakeTheBranchesOfTheFormat() {
        List<Stream> streams = streams();
        assertThat(streams).hasSizeGreaterThanOrEqualTo(LEAST_STREAMS);
        assertThat(streams.stream().map(Stream::name).distinct()).hasSameSizeAs(streams);
        List<FreePlan> plans =
                streams.stream().map(stream -> stream.unit().plan()).toList();
        assertThat(plans.stream()
                        .filter(plan -> plan.attemptCount() > 0)
                        .map(plan -> FreePlan.laneExponent(plan.attempt(0))))
                .contains(3, 4);
        assertThat(plans).anyMatch(plan -> plan.attemptCount() > 0 && FreePlan.tailInFront(plan.attempt(0)));
        assertThat(plans).anyMatch(plan -> plan.attemptCount() == 0 && plan.count() >= 256);
        assertThat(streams).anyMatch(stream -> stream.string().length == 0 && stream.symbols().length > 0);
        assertThat(streams).anyMatch(stream -> stream.unit().cdfs().cdfs().shift(0) > 0);
    }
}
