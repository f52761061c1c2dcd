@NullMarked
package dev.trine.app.cli;

import org.jspecify.annotations.NullMarked;
