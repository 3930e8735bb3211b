package io.github.uniquant.jmh.report;

import java.awt.Color;
import java.io.BufferedOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.knowm.xchart.ChartEncoder;
import org.knowm.xchart.XYChart;
import org.knowm.xchart.XYChartBuilder;
import org.knowm.xchart.style.Styler.LegendPosition;
import org.knowm.xchart.style.markers.SeriesMarkers;

/** Draws call number against time, a line for each path, both axes logarithmic. */
final class ColdStartChart {
    private static final int WIDTH = 900;
    private static final int HEIGHT = 500;

    /** Calls are taken together in steps of this ratio; a point is the median of its calls. */
    private static final double STEP = 1.15;

    private static final Color[] COLORS = {new Color(0xE0, 0x8E, 0x3C), new Color(0x2F, 0x6B, 0x9A), Color.GRAY};

    private ColdStartChart() {}

    /** Writes the chart as PNG. */
    static void write(List<ColdStartRun> runs, String title, Path file) throws IOException {
        XYChart chart = new XYChartBuilder()
                .width(WIDTH)
                .height(HEIGHT)
                .title(title)
                .xAxisTitle("call of the process")
                .yAxisTitle("microseconds to compress 4,096 elements")
                .build();
        chart.getStyler().setXAxisLogarithmic(true);
        chart.getStyler().setYAxisLogarithmic(true);
        chart.getStyler().setLegendPosition(LegendPosition.InsideNE);
        chart.getStyler().setChartBackgroundColor(Color.WHITE);
        chart.getStyler().setSeriesColors(COLORS);
        for (String path : ColdStart.PATHS) {
            addLine(
                    chart,
                    path,
                    runs.stream().filter(run -> run.path().equals(path)).toList());
        }
        try (OutputStream out = new BufferedOutputStream(Files.newOutputStream(file))) {
            ChartEncoder.saveChart(chart, out, "png");
        }
    }

    private static void addLine(XYChart chart, String path, List<ColdStartRun> runs) {
        int most = runs.stream().mapToInt(run -> run.compress().length).max().orElse(0);
        List<Double> calls = new ArrayList<>();
        List<Double> micros = new ArrayList<>();
        for (int first = 0; first < most; ) {
            int end = Math.min(most, Math.max(first + 1, (int) (first * STEP)));
            int from = first;
            double[] medians = runs.stream()
                    .filter(run -> run.compress().length >= end)
                    .mapToDouble(run -> ColdStartPage.quantile(Arrays.copyOfRange(run.compress(), from, end), 0.5))
                    .toArray();
            calls.add(first + 1.0);
            micros.add(ColdStartPage.median(medians) / 1000);
            first = end;
        }
        if (!calls.isEmpty()) {
            chart.addSeries(path, calls, micros).setMarker(SeriesMarkers.NONE);
        }
    }
}
