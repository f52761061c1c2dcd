/*
 * Copyright the Trine authors.
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.trine.llm.bitnet.model;

import java.util.List;

/** Projections of different kinds that read the same input. */
public final class JointProjection implements Projection {

  private final List<Projection> parts;

  /** @param parts at least one, all of the same input width */
  public JointProjection(List<? extends Projection> parts) {
    this.parts = List.copyOf(parts);
  }

  @Override
  public int inputDim() {
    return parts.getFirst().inputDim();
  }

  @Override
  public int outputDim() {
    return parts.stream().mapToInt(Projection::outputDim).sum();
  }

  @Override
  public long weightCount() {
    return parts.stream().mapToLong(Projection::weightCount).sum();
  }

  @Override
  public long weightBytes() {
    return parts.stream().mapToLong(Projection::weightBytes).sum();
  }

  @Override
  public void apply(Workspace workspace, float[] input, int inputStride, int tokens, float[] output, int outputStride,
      int outputOffset) {
    int offset = outputOffset;
    for (int i = 0; i < parts.size(); i++) {
      parts.get(i).apply(workspace, input, inputStride, tokens, output, outputStride, offset);
      offset += parts.get(i).outputDim();
    }
  }
}
