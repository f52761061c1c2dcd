/**
 * The arithmetic of inference behind small interfaces: ternary matrices with int8 activations, dense matrices with float or
 * int8 activations, attention over stored keys and values, the screening of a large matrix by a coarse copy, and vectors. The {@code Scalar…} classes are the specification; every other implementation must match them,
 * integers exactly and floats within a bound proportional to length. Kernels allocate nothing per call, log nothing and
 * know no threads: callers give each worker its own range of rows.
 */
@NullMarked
package dev.trine.compute.kernel;

import org.jspecify.annotations.NullMarked;
