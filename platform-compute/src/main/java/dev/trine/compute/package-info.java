/** Numbers: kernels, the worker team, and the readers of model files. */
@NullMarked
package dev.trine.compute;

import org.jspecify.annotations.NullMarked;
