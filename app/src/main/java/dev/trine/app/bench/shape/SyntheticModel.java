/*
 * Copyright the Trine authors.
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.trine.app.bench.shape;

import dev.trine.api.EventSink;
import dev.trine.api.PlatformException;
import dev.trine.api.StandardErrorCode;
import dev.trine.app.bench.scratch.Cleanup;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.UUID;

/**
 * A GGUF file of a published shape with random weights: ternary layers as TQ2_0 with one scale, embedding and head as
 * {@link HeadType} says, a made-up vocabulary of the right size. The same shape gives the same bytes.
 *
 * <p>Its speed is that of the real model; its texts are noise. The noise has an order, though, by which drafts can be measured: all layers
 * compute, but the scale of what they add to the embedding of the current token is 0, save that of the last feed-forward network, which
 * makes something altogether different of it. So the likeliest next token depends on the current one alone, and a text that has begun like
 * an earlier one goes on like it.
 */
public final class SyntheticModel {

  private static final long SEED = 0x7472696E65L;
  private static final int MAX_HEADER_BYTES = 16 << 20;
  private static final int BUFFER_BYTES = 8 << 20;
  /** What stays free on the disk beside the file. */
  private static final long SPARE_BYTES = 64L << 20;

  private final PublishedShape shape;
  private final HeadType head;
  private final List<TensorPlan> tensors;

  public SyntheticModel(PublishedShape shape, HeadType head) {
    this.shape = shape;
    this.head = head;
    this.tensors = TensorPlan.of(shape, head);
  }

  /** The synthetic model that a file is, of whatever shape. */
  public static Optional<SyntheticModel> recognise(Path file) {
    for (PublishedShape shape : PublishedShape.all()) {
      for (HeadType head : HeadType.values()) {
        var model = new SyntheticModel(shape, head);
        if (model.mayBeAt(file) && model.isAt(file)) {
          return Optional.of(model);
        }
      }
    }
    return Optional.empty();
  }

  /** Whether the file is as large as this model's data at least, and hardly larger: asked before a header is made. */
  private boolean mayBeAt(Path file) {
    try {
      long data = dataBytes();
      long size = Files.isRegularFile(file) ? Files.size(file) : 0;
      return size > data && size < data + MAX_HEADER_BYTES;
    } catch (IOException e) {
      return false;
    }
  }

  /** A name that tells shape and head. */
  public String name() {
    return shape.name() + "-" + head.label();
  }

  /** What it is, for people. */
  public String description() {
    return String.format(Locale.ROOT, "%s: the shape of %s, random TQ2_0 weights, %s embedding and head, %.0f MB",
        name(),
        shape.model(), head.name(), sizeBytes() / 1e6);
  }

  /** What its file is called. */
  public String fileName() {
    return name() + ".gguf";
  }

  /** Bytes of the file. */
  public long sizeBytes() {
    return sizeBytes(header());
  }

  private long sizeBytes(byte[] header) {
    return header.length + dataBytes();
  }

  private long dataBytes() {
    return tensors.stream().mapToLong(tensor -> GgufHeader.aligned(tensor.sizeBytes())).sum();
  }

  /** Whether {@code file} is this model: its size and its header agree. */
  public boolean isAt(Path file) {
    byte[] header = header();
    try {
      if (!Files.isRegularFile(file) || Files.size(file) != sizeBytes(header)) {
        return false;
      }
      try (var in = Files.newInputStream(file)) {
        return Arrays.equals(header, in.readNBytes(header.length));
      }
    } catch (IOException e) {
      return false;
    }
  }

  /**
   * Writes the file: under another name first, so that {@code file} is there whole or not at all. When this fails or the JVM is told to
   * end, nothing stays.
   *
   * @throws PlatformException {@code INVALID_VALUE} when there is something else than a synthetic model, {@code SERVER_ERROR} when there is
   *                           not room enough or writing fails
   */
  public void write(Path file, EventSink events) {
    write(file, true, events);
  }

  /** As {@link #write}, whatever is there: for a file that nobody else names. */
  void replace(Path file, EventSink events) {
    write(file, false, events);
  }

  private void write(Path file, boolean sparesOthers, EventSink events) {
    Path target = file.toAbsolutePath();
    if (sparesOthers) {
      requirePlace(target);
      requireNoOther(target);
    }
    Path part = target.resolveSibling("." + target.getFileName() + "." + UUID.randomUUID() + ".part");
    try (var _ = Cleanup.deleting(part)) {
      byte[] header = header();
      requireRoom(target, sizeBytes(header));
      writeTo(part, header, events);
      if (sparesOthers) {
        // Writing took a while.
        requireNoOther(target);
      }
      Files.move(part, target, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
    } catch (IOException e) {
      throw new PlatformException(StandardErrorCode.SERVER_ERROR, "cannot write " + target + ": " + e, e);
    }
  }

  /** That there can be a file of this name. */
  private static void requirePlace(Path target) {
    String obstacle = "";
    Path folder = target.getParent();
    if (folder == null || Files.isDirectory(target)) {
      obstacle = "it is a folder; name a file in it";
    } else if (!Files.isDirectory(folder)) {
      obstacle = Files.exists(folder) ? folder + " is not a folder" : "there is no folder " + folder;
    } else if (!Files.isWritable(folder)) {
      obstacle = "you may not write into the folder " + folder;
    }
    if (!obstacle.isEmpty()) {
      throw new PlatformException(StandardErrorCode.INVALID_VALUE, "cannot write to " + target + ": " + obstacle);
    }
  }

  /** Links are others too: it would be the link that is replaced. */
  private void requireNoOther(Path target) {
    boolean regular = Files.isRegularFile(target, LinkOption.NOFOLLOW_LINKS);
    if (Files.exists(target, LinkOption.NOFOLLOW_LINKS)
        && !(regular && (isAt(target) || recognise(target).isPresent()))) {
      throw new PlatformException(StandardErrorCode.INVALID_VALUE, "cannot write to " + target
          + ": what is there is not a synthetic model, so it is not replaced; name another file or delete it first");
    }
  }

  private void requireRoom(Path target, long size) throws IOException {
    long free = Files.getFileStore(target.resolveSibling(".")).getUsableSpace();
    if (free < size + SPARE_BYTES) {
      throw new PlatformException(StandardErrorCode.SERVER_ERROR,
          String.format(Locale.ROOT, "%s needs %.0f MB at %s, and %.0f MB are free there", shape.name(), size / 1e6,
              target, free / 1e6));
    }
  }

  private void writeTo(Path part, byte[] header, EventSink events) throws IOException {
    String task = "Writing " + shape.name() + " with random weights";
    long total = sizeBytes(header);
    ByteBuffer buffer = ByteBuffer.allocateDirect(BUFFER_BYTES).order(ByteOrder.LITTLE_ENDIAN);
    try (FileChannel channel = FileChannel.open(part, StandardOpenOption.WRITE, StandardOpenOption.CREATE_NEW,
        LinkOption.NOFOLLOW_LINKS)) {
      drain(ByteBuffer.wrap(header), channel);
      for (int i = 0; i < tensors.size(); i++) {
        TensorPlan tensor = tensors.get(i);
        var weights = new RandomWeights(tensor, SEED + ((long) i << 40));
        long left = tensor.blocks();
        while (left > 0) {
          int blocks = (int) Math.min(left, BUFFER_BYTES / tensor.content().blockBytes);
          weights.fill(buffer.clear(), blocks);
          drain(buffer.flip(), channel);
          left -= blocks;
          events.progress(task, channel.position(), total);
        }
        int padding = (int) (GgufHeader.aligned(tensor.sizeBytes()) - tensor.sizeBytes());
        drain(ByteBuffer.allocate(padding), channel);
      }
      channel.force(true);
    }
  }

  private static void drain(ByteBuffer buffer, FileChannel channel) throws IOException {
    while (buffer.hasRemaining()) {
      channel.write(buffer);
    }
  }

  private byte[] header() {
    var vocabulary = new SyntheticVocabulary(shape.vocabulary());
    var header = new GgufHeader();
    String architecture = shape.architecture();
    header.string("general.architecture", architecture);
    header.string("general.name", "synthetic " + shape.name());
    header.string("general.description", "random weights; the next token depends on the current one alone");
    header.uint32(architecture + ".context_length", shape.context());
    header.uint32(architecture + ".embedding_length", shape.modelDim());
    header.uint32(architecture + ".block_count", shape.layers());
    header.uint32(architecture + ".feed_forward_length", shape.ffnDim());
    header.uint32(architecture + ".attention.head_count", shape.heads());
    header.uint32(architecture + ".attention.head_count_kv", shape.kvHeads());
    header.uint32(architecture + ".attention.key_length", shape.headDim());
    header.uint32(architecture + ".attention.value_length", shape.headDim());
    header.float32(architecture + ".attention.layer_norm_rms_epsilon", 1e-5);
    header.uint32(architecture + ".rope.dimension_count", shape.headDim());
    header.float32(architecture + ".rope.freq_base", shape.ropeTheta());
    header.uint32(architecture + ".vocab_size", shape.vocabulary());
    if (architecture.equals("bitnet")) {
      header.string("bitnet.hidden_act", shape.squaredRelu() ? "relu2" : "silu");
    }
    header.string("tokenizer.ggml.model", "gpt2");
    header.string("tokenizer.ggml.pre", "llama-bpe");
    header.strings("tokenizer.ggml.tokens", vocabulary.tokens());
    header.int32s("tokenizer.ggml.token_type", vocabulary.types());
    header.strings("tokenizer.ggml.merges", SyntheticVocabulary.merges());
    header.uint32("tokenizer.ggml.bos_token_id", vocabulary.beginOfText());
    header.uint32("tokenizer.ggml.eos_token_id", vocabulary.endOfText());
    return header.bytes(tensors);
  }
}
