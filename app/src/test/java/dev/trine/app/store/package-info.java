@NullMarked
package dev.trine.app.store;

import org.jspecify.annotations.NullMarked;
