/**
 * Files: {@code .uqm} holds a model, {@code .uq} a coded tensor. {@link io.github.uniquant.container.ModelFile} and
 * {@link io.github.uniquant.container.TensorFile} read them from paths, byte arrays, memory segments and streams; {@code
 * docs/format.md} specifies them byte by byte.
 *
 * <p>Everything is binary, length-prefixed, versioned and checksummed (CRC32C: it detects every burst of up to 32 bits, and
 * processors compute it at memory speed). Bytes that no writer can have made are a {@link
 * io.github.uniquant.coder.MalformedBitstreamException} with the offset in the file; an intact file that names what this
 * library does not know is an {@link IllegalArgumentException} with the name.
 */
@NullMarked
package io.github.uniquant.container;

import org.jspecify.annotations.NullMarked;
