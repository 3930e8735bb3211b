package io.github.uniquant.table;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.uniquant.EntropyDomain;
import io.github.uniquant.ModelCase;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.domains.Domain;
import net.jqwik.api.domains.DomainContext;
import net.jqwik.api.statistics.Statistics;

/** Laws of the tables that are built from priors. */
@Domain(DomainContext.Global.class)
@Domain(EntropyDomain.class)
class CdfTablesProperties {
    @Property(tries = 250)
    void tablesAreValid(@ForAll ModelCase sample) {
        CdfTables tables = sample.model().tables();
        int precision = tables.precision();
        assertThat(tables.count())
                .isEqualTo(sample.model().numNoiseLevels()
                        * (int) sample.model().priorShape().elements());
        int rare = 0;
        for (int t = 0; t < tables.count(); t++) {
            assertThat(tables.hasOverflow(t)).isTrue();
            assertThat(tables.cells(t)).isBetween(2, 1 << precision);
            assertThat(tables.cumulative(t, 0)).isZero();
            assertThat(tables.cumulative(t, tables.cells(t))).isEqualTo(1 << precision);
            for (int cell = 0; cell < tables.cells(t); cell++) {
                assertThat(tables.cumulative(t, cell + 1) - tables.cumulative(t, cell))
                        .isEqualTo(tables.frequency(t, cell))
                        .isPositive();
                rare += tables.frequency(t, cell) == 1 ? 1 : 0;
            }
        }
        Statistics.label("a cell of frequency 1").collect(rare > 0).coverage(checker -> {
            checker.check(true).count(count -> count > 0);
        });
    }

    @Property(tries = 250)
    void tablesSurviveTheirLayout(@ForAll ModelCase sample) {
        CdfTables tables = sample.model().tables();
        CdfTables copy = CdfTables.of(tables.cdf(), tables.cdfOffset());
        assertThat(copy).isEqualTo(tables);
        assertThat(copy.hash()).isEqualTo(tables.hash());
    }

    /** The cells of a table cover the base distribution between its tails. */
    @Property(tries = 250)
    void cellsCoverTheDistributionBetweenItsTails(@ForAll ModelCase sample) {
        CdfTables tables = sample.model().tables();
        int size = (int) sample.model().priorShape().elements();
        for (int t = 0; t < tables.count(); t++) {
            double lower =
                    sample.model().prior().lowerTail(t % size, sample.model().tailMass());
            double upper =
                    sample.model().prior().upperTail(t % size, sample.model().tailMass());
            // An offset is less than a half in magnitude.
            assertThat((double) tables.offset(t)).isLessThanOrEqualTo(lower + 0.5);
            assertThat((double) tables.offset(t) + tables.cells(t) - 2).isGreaterThanOrEqualTo(upper - 0.5);
        }
    }
}
