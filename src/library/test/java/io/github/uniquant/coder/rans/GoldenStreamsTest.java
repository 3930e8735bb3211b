package io.github.uniquant.coder.rans;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.uniquant.coder.rans.GoldenStreams.Stream;
import io.github.uniquant.coder.rans.ReferenceRans.Branch;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Native strings written once and for all: any coder must read them, and write those that follow the lane rule. */
class GoldenStreamsTest {
    private static final int LEAST_STREAMS = 60;

    static List<Stream> streams() {
        return GoldenStreams.load();
    }

    @ParameterizedTest
    @MethodSource("streams")
    void everyPathReadsAndWritesTheStream(Stream stream) {
        RansTables tables = RansTables.of(stream.unit().tables());
        for (CoderPath path : CoderPath.all()) {
            assertThat(path.decode(tables, stream.unit().tableOf(), stream.string()))
                    .as("symbols by the %s kernels", path)
                    .isEqualTo(stream.unit().symbols());
            if (stream.followsTheRule()) {
                assertThat(path.encode(tables, stream.unit()))
                        .as("bytes by the %s kernels", path)
                        .isEqualTo(stream.string());
            }
        }
    }

    @ParameterizedTest
    @MethodSource("streams")
    void theReferenceReadsAndWritesTheStream(Stream stream) {
        ReferenceRans reference = new ReferenceRans(stream.unit().tables(), stream.rule());
        assertThat(reference.decode(stream.unit().tableOf(), stream.string()))
                .isEqualTo(stream.unit().symbols());
        assertThat(reference.encode(stream.unit().tableOf(), stream.unit().symbols()))
                .isEqualTo(stream.string());
    }

    @Test
    void theStreamsTakeEveryBranchOfTheFormat() {
        Set<Branch> taken = EnumSet.noneOf(Branch.class);
        for (Stream stream : streams()) {
            ReferenceRans reference = new ReferenceRans(stream.unit().tables(), stream.rule());
            reference.encode(stream.unit().tableOf(), stream.unit().symbols());
            taken.addAll(reference.branches().keySet());
        }
        assertThat(taken).containsExactlyInAnyOrder(Branch.values());
    }

    /** The branches of the lane rule are taken by strings that follow it, not by those that were made to. */
    @Test
    void theStreamsOfTheRuleTakeEveryBranchOfTheRule() {
        Set<Branch> taken = EnumSet.noneOf(Branch.class);
        for (Stream stream : streams()) {
            if (stream.followsTheRule()) {
                ReferenceRans reference = new ReferenceRans(stream.unit().tables());
                reference.encode(stream.unit().tableOf(), stream.unit().symbols());
                taken.addAll(reference.branches().keySet());
            }
        }
        assertThat(taken).contains(LaneRuleUnits.branchesOfTheRule());
    }

    @Test
    void noStreamIsMissing() {
        List<Stream> streams = streams();
        assertThat(streams).hasSizeGreaterThanOrEqualTo(LEAST_STREAMS);
        assertThat(streams.stream().map(Stream::name).collect(Collectors.toSet()))
                .hasSameSizeAs(streams);
        // With words a state has 3 or 4 bytes; without, any number up to 4.
        assertThat(streams.stream().map(stream -> stream.string().length))
                .contains(0, 1, 2, 3, 4, 5)
                .anyMatch(length -> length > 4 && length % 2 == 0);
    }
}
