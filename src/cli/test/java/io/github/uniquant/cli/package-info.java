/** Tests of the command line, through the command line. */
@NullMarked
package io.github.uniquant.cli;

import org.jspecify.annotations.NullMarked;
