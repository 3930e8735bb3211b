package io.github.uniquant.jmh.report;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.uniquant.jmh.Machine;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ColdStartTest {
    private static final Machine MACHINE = new Machine("Z80", "", List.of(), 1, "CP/M", "25", "2026-11-24", "");

    @TempDir
    private Path folder;

    /** A first call of 2 ms, then as many slow calls of 200 us, then calls of 20 us. */
    private static ColdStartRun run(String path, int factor, int slow, int calls, int switchedAt) {
        long[] times = new long[calls];
        Arrays.setAll(times, i -> factor * (i == 0 ? 2_000_000L : i <= slow ? 200_000L : 20_000L));
        return new ColdStartRun(path, 1.5, 50_000_000, switchedAt, 3_000_000_000L, times, times.clone());
    }

    private String page(ColdStartRun... runs) throws IOException {
        ColdStart.write(List.of(runs), MACHINE, folder);
        return Files.readString(folder.resolve("cold-start.md"));
    }

    @Test
    void figuresAreMediansAndRatiosAreToTheScalarPath() throws IOException {
        List<ColdStartRun> runs = new ArrayList<>();
        for (int factor : new int[] {1, 1, 7}) {
            runs.add(run("scalar", factor, 60, 5000, -1));
            runs.add(run("auto", factor, 40, 5000, -1));
            runs.add(run("vector", 100 * factor, 60, 5000, -1));
        }
        String page = page(runs.toArray(ColdStartRun[]::new));
        assertThat(page).contains("| compress: call 1, ms | 2.00 | 2.00 | 200 | 1.00 | 100.00 |");
        // 60 slow calls of 4999 are more than one in a hundred; 40 are less.
        assertThat(page).contains("| compress: p99 of calls 2 to 5000, us | 200 | 20.0 | 20000 | 0.10 | 100.00 |");
        assertThat(page).contains("| decompress: calls 1 to 1000 together, ms | 32.8 | 29.2 | 3278 | 0.89 | 100.00 |");
        assertThat(page)
                .contains("Z80")
                .contains("3 JVMs of each path")
                .contains("load average was 1.5")
                .contains("No process went on");
        assertThat(folder.resolve("cold-start.png")).isNotEmptyFile();
    }

    @Test
    void theMoveToVectorsIsShownWhereRunsReachIt() throws IOException {
        ColdStartRun moved = run("auto", 1, 60, 9000, 6000);
        moved.compress()[6000] = 90_000_000;
        Arrays.fill(moved.compress(), 6001, 9000, 10_000);
        String page = page(run("scalar", 1, 60, 5000, -1), moved, run("vector", 1, 60, 5000, -1));
        assertThat(page)
                .contains("They moved at call 6000, 3.0 s after the first.")
                .contains("| compress: median, us | 20.0 | 10.0 | 10.0 |")
                .contains("| compress: slowest, us | 20.0 | 90000 | 10.0 |");
    }

    @Test
    void aProcessMakesARunOfItsOwn() throws Exception {
        Path file = folder.resolve("run.bin");
        ColdStartRun run = ColdStart.fork("scalar", 5, file);
        assertThat(run.path()).isEqualTo("scalar");
        assertThat(run.switchedAt()).isEqualTo(-1);
        assertThat(run.buildNanos()).isPositive();
        assertThat(run.compress()).hasSize(5).doesNotContain(0);
        assertThat(run.decompress()).hasSize(5).doesNotContain(0);
    }
}
