/*
 * Copyright the Trine authors.
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.trine.llm.bitnet.packed;

import dev.trine.compute.kernel.TernaryLayout;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/**
 * What a file of packed weights says about itself.
 *
 * @param layout      name and version of the layout
 * @param sources     what the weights were packed from
 * @param contentHash of the bytes of the tensors in them that are ternary
 */
record PackedHeader(String layout, List<SourceFiles.SourceFile> sources, long contentHash, List<Entry> entries) {

  /** Matrices begin at a multiple of this. */
  private static final int ALIGNMENT = 4096;

  /**
   * One matrix.
   *
   * @param offset first byte, from the beginning of the matrices
   * @param hash   of its packed bytes
   */
  record Entry(int rows, int cols, long offset, long bytes, long hash, List<Part> parts) {}

  /** One layer of a matrix; see {@link MatrixRecipe.Part}. */
  record Part(String description, int rows, float scale) {}

  /** The name of a layout in headers and file names. */
  static String nameOf(TernaryLayout layout) {
    return layout.name().toLowerCase(Locale.ROOT) + "-" + layout.version();
  }

  /** The header of a file that is about to be made: hashes and scales are still 0. */
  static PackedHeader plan(TernaryLayout layout, SourceFiles sources, List<MatrixRecipe> recipes) {
    var entries = new ArrayList<Entry>();
    long offset = 0;
    for (MatrixRecipe recipe : recipes) {
      long bytes = recipe.packedBytes(layout);
      entries.add(new Entry(recipe.rows(), recipe.cols(), offset, bytes, 0,
          recipe.parts().stream().map(part -> new Part(part.description(), part.rows(), 0)).toList()));
      offset += roundUp(bytes);
    }
    return new PackedHeader(nameOf(layout), sources.files(), 0, List.copyOf(entries));
  }

  /** Whether a file with this header holds what {@code planned} asks for, but for hashes and scales. */
  boolean matches(PackedHeader planned) {
    return withoutContent().equals(planned.withoutContent());
  }

  private PackedHeader withoutContent() {
    return new PackedHeader(layout, sources, 0, entries.stream().map(entry -> new Entry(entry.rows, entry.cols,
        entry.offset, entry.bytes, 0,
        entry.parts.stream().map(part -> new Part(part.description, part.rows, 0)).toList())).toList());
  }

  /** Bytes from the first matrix to the end of the last. */
  long dataBytes() {
    return entries.isEmpty() ? 0 : entries.getLast().offset + entries.getLast().bytes;
  }

  static long roundUp(long bytes) {
    return (bytes + ALIGNMENT - 1) / ALIGNMENT * ALIGNMENT;
  }

  byte[] encode() {
    var bytes = new ByteArrayOutputStream();
    try (var out = new DataOutputStream(bytes)) {
      out.writeUTF(layout);
      out.writeLong(contentHash);
      out.writeInt(sources.size());
      for (var source : sources) {
        out.writeUTF(source.name());
        out.writeLong(source.sizeBytes());
      }
      out.writeInt(entries.size());
      for (Entry entry : entries) {
        out.writeInt(entry.rows);
        out.writeInt(entry.cols);
        out.writeLong(entry.offset);
        out.writeLong(entry.bytes);
        out.writeLong(entry.hash);
        out.writeInt(entry.parts.size());
        for (Part part : entry.parts) {
          out.writeUTF(part.description);
          out.writeInt(part.rows);
          out.writeFloat(part.scale);
        }
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    return bytes.toByteArray();
  }

  /** @throws IOException when the bytes end too early */
  static PackedHeader decode(byte[] bytes) throws IOException {
    var in = new DataInputStream(new ByteArrayInputStream(bytes));
    String layout = in.readUTF();
    long contentHash = in.readLong();
    var sources = new ArrayList<SourceFiles.SourceFile>();
    for (int i = in.readInt(); i > 0; i--) {
      sources.add(new SourceFiles.SourceFile(in.readUTF(), in.readLong()));
    }
    var entries = new ArrayList<Entry>();
    for (int i = in.readInt(); i > 0; i--) {
      int rows = in.readInt();
      int cols = in.readInt();
      long offset = in.readLong();
      long size = in.readLong();
      long hash = in.readLong();
      var parts = new ArrayList<Part>();
      for (int j = in.readInt(); j > 0; j--) {
        parts.add(new Part(in.readUTF(), in.readInt(), in.readFloat()));
      }
      entries.add(new Entry(rows, cols, offset, size, hash, List.copyOf(parts)));
    }
    return new PackedHeader(layout, List.copyOf(sources), contentHash, List.copyOf(entries));
  }
}
