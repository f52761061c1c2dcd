/*
 * Copyright the Trine authors.
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.trine.app.cli;

import dev.trine.api.PlatformException;
import dev.trine.api.StandardErrorCode;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;

/** {@code trine pull}: people expect it, so it says how models come here instead. */
@Command(name = "pull", hidden = true, description = "Say how to get a model.", customSynopsis = "Usage: trine pull", synopsisHeading = "", optionListHeading = "%nOptions:%n")
final class PullCommand implements Callable<Integer> {

  @Override
  public Integer call() {
    throw new PlatformException(StandardErrorCode.NOT_SUPPORTED, """
        Trine cannot download models yet. Get one with the Hugging Face tools, for example
          hf download microsoft/bitnet-b1.58-2B-4T
        after which 'trine list' shows it, read from the Hugging Face cache, and
          trine serve microsoft/bitnet-b1.58-2B-4T
        serves it. Or name any model folder or .gguf file in place of it.""");
  }
}
