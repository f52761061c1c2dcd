/** The command line. The one place that writes to the standard streams. */
@NullMarked
package dev.trine.app.cli;

import org.jspecify.annotations.NullMarked;
