package io.github.uniquant.table;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** The tables of forty models in this process; {@code KernelPathsTest} builds them in processes of all kinds. */
class CommittedTablesTest {
    private static final int MODELS = 40;

    static List<CommittedTables.Model> models() {
        return CommittedTables.models();
    }

    @ParameterizedTest
    @MethodSource("models")
    void tablesAreThoseThatWereCommitted(CommittedTables.Model model) {
        assertThat(model.tables().get().hash()).isEqualTo(model.hash());
        // Again, with more of it compiled.
        assertThat(model.tables().get().hash()).isEqualTo(model.hash());
    }

    @Test
    void everyModelIsAnother() {
        assertThat(models()).hasSize(MODELS);
        assertThat(models().stream().map(CommittedTables.Model::hash)).doesNotHaveDuplicates();
        assertThat(models().stream().map(CommittedTables.Model::name)).doesNotHaveDuplicates();
    }
}
