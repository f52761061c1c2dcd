/*
 * Copyright the Trine authors.
 * SPDX-License-Identifier: Apache-2.0
 */
/**
 * Readers of model files: GGUF and safetensors, memory-mapped. Every byte of a file is untrusted: whatever a file claims is
 * checked against what is there before it is used or allocated for, and a refusal is a
 * {@link dev.trine.api.PlatformException} whose message names the file, the tensor or key, the value found and the value
 * expected.
 *
 * <p>One limit remains, and it is the operating system's: a file that is truncated by someone else <em>after</em> it was
 * mapped makes the next access to its lost pages fail with an {@link java.lang.InternalError}. The size is read right
 * before mapping, and model files must not be changed while they are in use.
 */
@NullMarked
package dev.trine.compute.format;

import org.jspecify.annotations.NullMarked;
