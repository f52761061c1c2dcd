/*
 * Copyright the Trine authors.
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.trine.llm.bitnet.packed;

import dev.trine.compute.kernel.DenseMatrix;
import dev.trine.compute.kernel.DenseType;
import dev.trine.compute.kernel.Kernels;
import dev.trine.compute.kernel.ScreenMatrix;
import dev.trine.compute.kernel.choice.KernelChoice;
import dev.trine.compute.thread.WorkerTeam;
import dev.trine.llm.bitnet.model.HeadScreen;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

class ScreenCacheTest {

  private static final int ROWS = 300;
  private static final int COLS = 70;

  private final Kernels kernels = KernelChoice.choose(KernelChoice.Preference.AUTO).kernels();
  private final Arena arena = Arena.ofShared();
  private final WorkerTeam team = new WorkerTeam("test", 2);
  private final AtomicInteger made = new AtomicInteger();

  @TempDir
  Path folder;

  private Path model;

  @BeforeEach
  void writeModel() throws IOException {
    model = Files.write(folder.resolve("model.gguf"), new byte[1000]);
  }

  @AfterEach
  void close() {
    team.close();
    arena.close();
  }

  private DenseMatrix head(long seed) {
    MemorySegment data = arena.allocate((long) ROWS * COLS * Float.BYTES, 64);
    var random = new Random(seed);
    for (long i = 0; i < (long) ROWS * COLS; i++) {
      data.setAtIndex(ValueLayout.JAVA_FLOAT, i, (float) random.nextGaussian());
    }
    return new DenseMatrix(DenseType.F32, ROWS, COLS, data);
  }

  /** What a start finds or makes, compared with a copy that is made without the cache. */
  private void start(DenseMatrix head) {
    start(head, folder);
  }

  private void start(DenseMatrix head, Path own) {
    try (var cache = PackedWeightCache.keeping(() -> own, 0).forHeadOf(model)) {
      Optional<ScreenMatrix> found = cache.load(List.of(model), head, packed -> {
        made.incrementAndGet();
        return HeadScreen.fill(head, kernels, team, packed);
      });
      cache.requireUnchanged();
      ScreenMatrix expected = HeadScreen.make(head, kernels, team, arena).orElseThrow();
      assertEquals(-1, expected.packed().mismatch(found.orElseThrow().packed()));
    }
  }

  private Path file() {
    return folder.resolve(PackedWeightCache.FOLDER).resolve("model.gguf.screen-" + ScreenMatrix.VERSION + ".packed");
  }

  @Test
  void theNextStartMapsWhatTheFirstHasMade() {
    DenseMatrix head = head(1);
    start(head);
    assertTrue(Files.exists(file()));
    start(head);
    assertEquals(1, made.get());
  }

  @Test
  void aFileThatIsDamagedOrCutOffIsMadeAnew() throws IOException {
    DenseMatrix head = head(2);
    start(head);
    byte[] whole = Files.readAllBytes(file());
    int count = 1;
    for (int at : new int[]{0, 9, 45, 80, whole.length / 2, whole.length - 1}) {
      byte[] damaged = whole.clone();
      damaged[at] ^= 4;
      Files.write(file(), damaged);
      start(head);
      // The stamp alone may be wrong: then the head is compared instead.
      count += at == 9 ? 0 : 1;
      assertEquals(count, made.get(), "byte " + at);
      Files.write(file(), Arrays.copyOf(whole, at));
      start(head);
      count++;
      assertEquals(count, made.get(), "cut off at " + at);
    }
  }

  @Test
  void aForgedCopyIsMadeAnewAndSoIsThatOfAnotherUser() throws IOException {
    DenseMatrix head = head(7);
    start(head);
    Forgery.forge(file());
    start(head);
    assertEquals(2, made.get());
    start(head, folder.resolve("theirs"));
    assertEquals(3, made.get());
    start(head);
    assertEquals(4, made.get());
  }

  @Test
  void withoutAKeyNoCopyIsKept() throws IOException {
    DenseMatrix head = head(8);
    Path noFolder = Files.createFile(folder.resolve("file")).resolve("folder");
    try (var cache = PackedWeightCache.keeping(() -> noFolder, 0).forHeadOf(model)) {
      assertTrue(cache.load(List.of(model), head, packed -> HeadScreen.fill(head, kernels, team, packed)).isEmpty());
      assertFalse(Files.exists(file()));
      start(head);
      assertTrue(cache.load(List.of(model), head, packed -> HeadScreen.fill(head, kernels, team, packed)).isEmpty());
    }
  }

  @Test
  void aHeadThatHasChangedIsCopiedAnewAndOneThatWasOnlyTouchedIsNot() throws IOException {
    DenseMatrix head = head(3);
    start(head);
    Files.write(model, new byte[1000]);
    start(head);
    assertEquals(1, made.get());
    Files.write(model, new byte[1000]);
    start(head(4));
    assertEquals(2, made.get());
  }

  @Test
  void packedLayersAndTheCopyOfTheHeadDoNotReplaceEachOther() throws IOException {
    start(head(5));
    Path layers = file().resolveSibling("model.gguf.lut4-1.packed");
    Files.write(layers, new byte[10]);
    Files.delete(file());
    start(head(5));
    assertTrue(Files.exists(layers));
    new CacheFolder(folder.resolve(PackedWeightCache.FOLDER), "model.gguf", folder, null).create("trit5-1", 10,
        channel -> {});
    assertTrue(Files.exists(file()));
    assertFalse(Files.exists(layers));
  }

  @Test
  void nothingIsKeptOfAHeadThatHasNoCopyOrOfSmallOnes() {
    DenseMatrix head = head(6);
    try (var cache = PackedWeightCache.keeping(() -> folder, 0).forHeadOf(model);
        var off = PackedWeightCache.off().forHeadOf(model)) {
      assertTrue(cache.load(List.of(model), head, packed -> false).isEmpty());
      assertTrue(off.load(List.of(model), head, packed -> HeadScreen.fill(head, kernels, team, packed)).isEmpty());
    }
    assertFalse(Files.exists(file()));
  }
}
