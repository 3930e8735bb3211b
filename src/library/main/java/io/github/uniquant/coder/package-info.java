/** What every entropy coder here does: symbols and table indexes to bytes, and back. The coders lie in the packages below. */
@NullMarked
package io.github.uniquant.coder;

import org.jspecify.annotations.NullMarked;
