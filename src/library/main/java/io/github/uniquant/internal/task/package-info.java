/** Work spread over the tasks of a caller's executor. */
@NullMarked
package io.github.uniquant.internal.task;

import org.jspecify.annotations.NullMarked;
