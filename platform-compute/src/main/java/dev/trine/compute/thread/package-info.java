/** Threads that compute together: one team, split work, cheap fork and join. */
@NullMarked
package dev.trine.compute.thread;

import org.jspecify.annotations.NullMarked;
