/*
 * Copyright the Trine authors.
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.trine.llm.bitnet.model;

import dev.trine.llm.bitnet.model.RandomModel.Weights;
import java.util.Arrays;

/** A plain transformer as the papers write it down: double precision, no cache, no kernels, every position from scratch. */
final class ReferenceTransformer {

  private final RandomModel model;

  ReferenceTransformer(RandomModel model) {
    this.model = model;
  }

  /** Logits of the last token. */
  double[] logits(int... tokens) {
    var x = new double[tokens.length][];
    for (int t = 0; t < tokens.length; t++) {
      x[t] = row(weights("model.embed_tokens.weight"), tokens[t]);
    }
    for (int layer = 0; layer < RandomModel.LAYERS; layer++) {
      String prefix = "model.layers." + layer + ".";
      attention(x, prefix);
      for (double[] token : x) {
        double[] h = norm(token, prefix + "post_attention_layernorm.weight");
        double[] gate = multiply(prefix + "mlp.gate_proj", h);
        double[] up = multiply(prefix + "mlp.up_proj", h);
        for (int i = 0; i < gate.length; i++) {
          gate[i] = gate[i] / (1 + Math.exp(-gate[i])) * up[i];
        }
        add(token, multiply(prefix + "mlp.down_proj", gate));
      }
    }
    String head = model.tensors.containsKey("lm_head.weight") ? "lm_head" : "model.embed_tokens";
    return multiply(head, norm(x[x.length - 1], "model.norm.weight"));
  }

  private void attention(double[][] x, String prefix) {
    int count = x.length;
    var queries = new double[count][];
    var keys = new double[count][];
    var values = new double[count][];
    for (int t = 0; t < count; t++) {
      double[] h = norm(x[t], prefix + "input_layernorm.weight");
      queries[t] = rotated(multiply(prefix + "self_attn.q_proj", h), prefix + "self_attn.q_norm.weight", t);
      keys[t] = rotated(multiply(prefix + "self_attn.k_proj", h), prefix + "self_attn.k_norm.weight", t);
      values[t] = multiply(prefix + "self_attn.v_proj", h);
    }
    int dim = RandomModel.HEAD_DIM;
    for (int t = 0; t < count; t++) {
      var out = new double[RandomModel.HEADS * dim];
      for (int head = 0; head < RandomModel.HEADS; head++) {
        int kv = head * RandomModel.KV_HEADS / RandomModel.HEADS;
        var scores = new double[t + 1];
        double sum = 0;
        for (int s = 0; s <= t; s++) {
          double dot = 0;
          for (int i = 0; i < dim; i++) {
            dot += queries[t][head * dim + i] * keys[s][kv * dim + i];
          }
          scores[s] = Math.exp(dot / Math.sqrt(dim));
          sum += scores[s];
        }
        for (int s = 0; s <= t; s++) {
          for (int i = 0; i < dim; i++) {
            out[head * dim + i] += scores[s] / sum * values[s][kv * dim + i];
          }
        }
      }
      add(x[t], multiply(prefix + "self_attn.o_proj", out));
    }
  }

  /** Heads, normalised where the model has a norm for them, with the two halves of each rotated against one another. */
  private double[] rotated(double[] heads, String norm, int position) {
    int dim = RandomModel.HEAD_DIM;
    for (int at = 0; at < heads.length; at += dim) {
      if (model.tensors.containsKey(norm)) {
        double[] normed = norm(Arrays.copyOfRange(heads, at, at + dim), norm);
        System.arraycopy(normed, 0, heads, at, dim);
      }
      for (int j = 0; j < dim / 2; j++) {
        double angle = position * Math.pow(RandomModel.THETA, -2.0 * j / dim);
        double a = heads[at + j];
        double b = heads[at + j + dim / 2];
        heads[at + j] = a * Math.cos(angle) - b * Math.sin(angle);
        heads[at + j + dim / 2] = b * Math.cos(angle) + a * Math.sin(angle);
      }
    }
    return heads;
  }

  private Weights weights(String name) {
    Weights weights = model.tensors.get(name);
    if (weights == null) {
      throw new IllegalArgumentException("no tensor " + name);
    }
    return weights;
  }

  private static double[] row(Weights weights, int row) {
    var values = new double[weights.cols];
    for (int i = 0; i < values.length; i++) {
      values[i] = weights.values[row * weights.cols + i];
    }
    return values;
  }

  private double[] multiply(String name, double[] x) {
    Weights weights = weights(name + ".weight");
    Weights bias = model.tensors.get(name + ".bias");
    var y = new double[weights.rows];
    for (int row = 0; row < y.length; row++) {
      y[row] = bias == null ? 0 : bias.values[row];
      for (int col = 0; col < weights.cols; col++) {
        y[row] += (double) weights.values[row * weights.cols + col] * x[col];
      }
    }
    return y;
  }

  private double[] norm(double[] x, String name) {
    double sum = 0;
    for (double value : x) {
      sum += value * value;
    }
    double scale = 1 / Math.sqrt(sum / x.length + RandomModel.EPS);
    var y = new double[x.length];
    for (int i = 0; i < x.length; i++) {
      y[i] = x[i] * scale * weights(name).values[i];
    }
    return y;
  }

  private static void add(double[] x, double[] more) {
    for (int i = 0; i < x.length; i++) {
      x[i] += more[i];
    }
  }
}
