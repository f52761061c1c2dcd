/**
 * Kernels on the Vector API. Nothing outside this package touches {@code jdk.incubator.vector}, and no class here may be
 * loaded before {@link dev.trine.compute.kernel.choice.KernelChoice} has found that module. Hot methods are kept small, and vectors
 * never cross a method border: where the compiler stops inlining, they would be allocated.
 */
@NullMarked
package dev.trine.compute.kernel.vector;

import org.jspecify.annotations.NullMarked;
