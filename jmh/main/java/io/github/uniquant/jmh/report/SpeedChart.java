package io.github.uniquant.jmh.report;

import java.awt.Color;
import java.io.BufferedOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.knowm.xchart.ChartEncoder;
import org.knowm.xchart.HorizontalBarChart;
import org.knowm.xchart.HorizontalBarChartBuilder;
import org.knowm.xchart.style.Styler.LegendPosition;

/** Draws the rates of one run as bars: a pair for each coder with one table, and for each job of this library. */
final class SpeedChart {
    private static final int WIDTH = 900;
    private static final int BAR_HEIGHT = 44;
    private static final int FRAME_HEIGHT = 120;
    private static final Color ENCODE = new Color(0x2F, 0x6B, 0x9A);
    private static final Color DECODE = new Color(0xE0, 0x8E, 0x3C);

    private final List<String> labels = new ArrayList<>();
    private final List<Double> encode = new ArrayList<>();
    private final List<Double> decode = new ArrayList<>();

    private SpeedChart() {}

    /** Writes the chart of a run as PNG. */
    static void write(Results results, String title, Path file) throws IOException {
        SpeedChart chart = new SpeedChart();
        for (String coder : List.of("uniquant-vector", "uniquant-scalar", "htscodecs", "zstd-jni-1", "htsjdk-nx16")) {
            chart.bar(
                    "1 table: " + coder,
                    results.rate("StaticCoderBenchmark", "encode", "coder", coder),
                    results.rate("StaticCoderBenchmark", "decode", "coder", coder));
        }
        for (String path : List.of("vector", "scalar")) {
            chart.bar(
                    "2880 tables: " + path,
                    results.rate("ManyTablesBenchmark", "encode", "source", "drawn", "path", path),
                    results.rate("ManyTablesBenchmark", "decode", "source", "drawn", "path", path));
        }
        for (String workload : List.of("latents", "embeddings", "gradient")) {
            chart.bar(
                    "model: " + workload,
                    results.rate(
                            "ModelBenchmark", "compress", "workload", workload, "format", "rans", "path", "vector"),
                    results.rate(
                            "ModelBenchmark", "decompress", "workload", workload, "format", "rans", "path", "vector"));
        }
        try (OutputStream out = new BufferedOutputStream(Files.newOutputStream(file))) {
            ChartEncoder.saveChart(chart.draw(title), out, "png");
        }
    }

    /** Adds a pair of bars, below those before it, unless neither was measured. */
    private void bar(String label, double encodeRate, double decodeRate) {
        if (Double.isNaN(encodeRate) && Double.isNaN(decodeRate)) {
            return;
        }
        labels.add(label);
        encode.add(Double.isNaN(encodeRate) ? 0 : encodeRate);
        decode.add(Double.isNaN(decodeRate) ? 0 : decodeRate);
    }

    private HorizontalBarChart draw(String title) {
        HorizontalBarChart chart = new HorizontalBarChartBuilder()
                .width(WIDTH)
                .height(FRAME_HEIGHT + BAR_HEIGHT * labels.size())
                .title(title)
                .xAxisTitle("million elements a second, one thread")
                .build();
        chart.getStyler().setLabelsVisible(true);
        chart.getStyler().setDecimalPattern("#,##0");
        chart.getStyler().setLegendPosition(LegendPosition.InsideSE);
        chart.getStyler().setChartBackgroundColor(Color.WHITE);
        chart.getStyler().setSeriesColors(new Color[] {ENCODE, DECODE});
        chart.getStyler().setXAxisMin(0.0);
        chart.getStyler().setXAxisTickMarkSpacingHint(BAR_HEIGHT - 4); // so that every pair has its label
        if (!labels.isEmpty()) {
            chart.addSeries("encode", encode, labels);
            chart.addSeries("decode", decode, labels);
        }
        return chart;
    }
}
