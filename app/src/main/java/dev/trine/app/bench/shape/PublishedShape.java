/*
 * Copyright the Trine authors.
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.trine.app.bench.shape;

import dev.trine.api.PlatformException;
import dev.trine.api.StandardErrorCode;
import dev.trine.app.store.NearNames;
import java.util.List;

/**
 * The dimensions of a ternary model that somebody has published. Sources: the {@code config.json} of each model.
 *
 * @param name          what {@code --shape} calls it
 * @param model         the published model
 * @param architecture  GGUF's {@code general.architecture}: {@code bitnet} has sub-norms and a tied head, {@code llama} neither
 * @param layers        number of layers
 * @param modelDim      width of the residual stream; like {@code ffnDim} a multiple of 256, the block of TQ2_0
 * @param heads         query heads
 * @param kvHeads       key and value heads
 * @param headDim       width of a head
 * @param ffnDim        inner width of the feed-forward network
 * @param vocabulary    number of tokens
 * @param context       largest number of tokens in one context
 * @param ropeTheta     base of the position embedding
 * @param squaredRelu   whether the gate is a squared ReLU; SiLU otherwise
 */
public record PublishedShape(String name, String model, String architecture, int layers, int modelDim, int heads,
    int kvHeads, int headDim, int ffnDim, int vocabulary, int context, double ropeTheta, boolean squaredRelu) {

  private static final List<PublishedShape> ALL = List.of(
      new PublishedShape("bitnet-2b-4t", "microsoft/bitnet-b1.58-2B-4T", "bitnet", 30, 2560, 20, 5, 128, 6912, 128256,
          4096, 500000, true),
      new PublishedShape("bitnet-b1.58-large", "1bitLLM/bitnet_b1_58-large", "bitnet", 24, 1536, 16, 16, 96, 4096,
          32002, 2048, 10000, false),
      new PublishedShape("falcon3-1b-1.58", "tiiuae/Falcon3-1B-Instruct-1.58bit", "llama", 18, 2048, 8, 4, 256, 8192,
          131072, 8192, 1000042, false),
      new PublishedShape("falcon3-3b-1.58", "tiiuae/Falcon3-3B-Instruct-1.58bit", "llama", 22, 3072, 12, 4, 256, 9216,
          131072, 32768, 1000042, false),
      new PublishedShape("falcon3-7b-1.58", "tiiuae/Falcon3-7B-Instruct-1.58bit", "llama", 28, 3072, 12, 4, 256, 23040,
          131072, 32768, 1000042, false),
      new PublishedShape("falcon3-10b-1.58", "tiiuae/Falcon3-10B-Instruct-1.58bit", "llama", 40, 3072, 12, 4, 256,
          23040, 131072, 32768, 1000042, false),
      new PublishedShape("llama3-8b-1.58", "HF1BitLLM/Llama3-8B-1.58-100B-tokens", "llama", 32, 4096, 32, 8, 128, 14336,
          128256, 8192, 500000, false));

  /** All shapes, the best known first. */
  public static List<PublishedShape> all() {
    return ALL;
  }

  /**
   * The shape of a name, whatever its case.
   *
   * @throws PlatformException {@code INVALID_VALUE} with the nearest names for one that there is not
   */
  public static PublishedShape named(String name) {
    return ALL.stream().filter(shape -> shape.name().equalsIgnoreCase(name)).findFirst().orElseThrow(() -> {
      List<String> names = ALL.stream().map(PublishedShape::name).toList();
      List<String> near = NearNames.of(name, names);
      return PlatformException.ofParameter(StandardErrorCode.INVALID_VALUE, "--shape",
          "--shape: there is no shape '" + name + "'."
              + (near.isEmpty() ? "" : " Did you mean " + String.join(" or ", near) + "?") + " There are "
              + String.join(", ", names) + ".");
    });
  }

  /** Whether the embedding serves as head too. */
  boolean tiedHead() {
    return architecture.equals("bitnet");
  }

  /** Whether attention and feed-forward network have a norm before their last projection. */
  boolean subNorms() {
    return architecture.equals("bitnet");
  }

  int queryDim() {
    return heads * headDim;
  }

  int kvDim() {
    return kvHeads * headDim;
  }
}
