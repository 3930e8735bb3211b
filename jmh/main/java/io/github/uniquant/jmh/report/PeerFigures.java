package io.github.uniquant.jmh.report;

import java.util.List;

/**
 * Other coders on the whole jobs of ModelBenchmark: one core of another machine, so they set a scale and no ratio. Bytes
 * are over the dithered ideal, as far as they were taken.
 *
 * @param coder name and version
 * @param latents M elements/s, compress / decompress
 * @param embeddings the same
 * @param gradient the same
 */
record PeerFigures(String coder, String latents, String embeddings, String gradient) {
    /** Where the figures come from. */
    static final String MACHINE =
            "AMD EPYC of the Zen 3 generation (AVX2), 2 virtual processors, medians, spread about 20 %";

    /** Every figure that was taken, slow and fast. */
    static final List<PeerFigures> ALL = List.of(
            new PeerFigures("TensorFlow Compression 2.14.1", "17.1 / 12.2", "24.4 / 18.3", "10.8 / 9.6"),
            new PeerFigures("constriction 0.5, float parameters an element", "20.0 / 6.7", "19.3 / 7.0", "20.5 / 7.2"),
            new PeerFigures("constriction, one table a channel, 24 bits", "142 / 27", "149 / 47", "160 / 47"),
            new PeerFigures("constriction, range coder, one table a channel", "195 / 25", "123 / 41", "147 / 41"),
            new PeerFigures("constriction, 12-bit tables, look-up decoder", "156 / 36", "149 / 8.1", "155 / 135"),
            new PeerFigures("CompressAI 1.2.8", "8.5 / 8.1", "0.73 / 0.71", "20 / 18"));
}
