/**
 * Universal-quantization entropy models. A model wires the flow: a prior gives integer tables; a tensor is dithered,
 * quantised to symbols and coded to one bit string per coding unit; and back, exactly. Start at
 * {@link io.github.uniquant.UniversalBatchedEntropyModel}.
 */
@NullMarked
package io.github.uniquant;

import org.jspecify.annotations.NullMarked;
