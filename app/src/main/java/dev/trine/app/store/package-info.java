/** The models on this machine: Trine's own folder, the bundled demo model, the Hugging Face cache. */
@NullMarked
package dev.trine.app.store;

import org.jspecify.annotations.NullMarked;
