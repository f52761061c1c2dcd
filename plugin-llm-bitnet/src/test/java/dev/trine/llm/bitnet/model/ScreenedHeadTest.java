/*
 * Copyright the Trine authors.
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.trine.llm.bitnet.model;

import dev.trine.compute.kernel.DenseMatrix;
import dev.trine.compute.kernel.DenseType;
import dev.trine.compute.kernel.Kernels;
import dev.trine.compute.kernel.KeyValueType;
import dev.trine.compute.kernel.ScalarScreenKernel;
import dev.trine.compute.kernel.ScreenKernel;
import dev.trine.compute.kernel.ScreenMatrix;
import dev.trine.compute.kernel.choice.KernelChoice;
import dev.trine.compute.thread.WorkerTeam;
import dev.trine.llm.bitnet.GoldenFiles;
import dev.trine.llm.bitnet.format.Checkpoints;
import dev.trine.llm.bitnet.kvcache.CacheShape;
import dev.trine.llm.bitnet.kvcache.PagePool;
import dev.trine.llm.bitnet.kvcache.SequenceCache;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.Random;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

class ScreenedHeadTest {

  private static final int VOCABULARY = 3000;

  record Case(KernelChoice.Preference kernel, int threads, int tokens, int largest) {}

  static Stream<Case> cases() {
    var cases = new ArrayList<Case>();
    for (var kernel : List.of(KernelChoice.Preference.SCALAR, KernelChoice.Preference.VECTOR)) {
      for (int threads : new int[]{1, 2, 3}) {
        for (int tokens : new int[]{1, 3}) {
          for (int largest : new int[]{1, 7, 40}) {
            cases.add(new Case(kernel, threads, tokens, largest));
          }
        }
      }
    }
    return cases.stream();
  }

  @ParameterizedTest
  @MethodSource("cases")
  void theLargestLogitsAreTheExactOnes(Case test) {
    try (var fixture = new Fixture(test.kernel, test.threads, gaussians(1, VOCABULARY))) {
      var random = new Random(2);
      for (int step = 0; step < 5; step++) {
        fixture.randomInput(random);
        assertTrue(fixture.apply(test.tokens, test.largest) >= (long) test.tokens * test.largest);
        for (int token = 0; token < test.tokens; token++) {
          float[] exact = fixture.exactLogits(token);
          float[] screened = fixture.workspace.logits(token);
          int[] expected = order(exact, test.largest);
          assertArrayEquals(expected, order(screened, test.largest));
          for (int id : expected) {
            assertEquals(exact[id], screened[id]);
          }
        }
      }
    }
  }

  @Test
  void equalRowsHaveEqualLogitsAndTheLowestIdComesFirst() {
    float[] head = gaussians(3, VOCABULARY);
    try (var fixture = new Fixture(KernelChoice.Preference.VECTOR, 2, head)) {
      fixture.randomInput(new Random(4));
      int best = order(fixture.exactLogits(0), 1)[0];
      float[] doubled = head.clone();
      for (int copy : new int[]{5, VOCABULARY - 1}) {
        System.arraycopy(head, best * fixture.cols, doubled, copy * fixture.cols, fixture.cols);
      }
      try (var again = new Fixture(KernelChoice.Preference.VECTOR, 2, doubled)) {
        again.randomInput(new Random(4));
        assertTrue(again.apply(1, 1) > 0);
        assertEquals(Math.min(5, best), order(again.workspace.logits(0), 1)[0]);
        assertEquals(again.workspace.logits(0)[best], again.workspace.logits(0)[VOCABULARY - 1]);
      }
    }
  }

  @Test
  void whereNothingStandsOutAllLogitsAreComputedForAWhile() {
    float[] row = gaussians(5, 1);
    var head = new float[VOCABULARY * row.length];
    for (int i = 0; i < head.length; i++) {
      head[i] = row[i % row.length];
    }
    try (var fixture = new Fixture(KernelChoice.Preference.VECTOR, 1, head)) {
      fixture.randomInput(new Random(6));
      assertEquals(VOCABULARY, fixture.apply(1, 1));
      assertArrayEquals(fixture.exactLogits(0), fixture.workspace.logits(0));
      Step step = fixture.stepOfOne(1);
      assertTrue(fixture.screened.applyWhereItPays(step));
      assertFalse(fixture.screened.applyWhereItPays(step));
    }
  }

  @Test
  void whereAllLogitsMatterNothingIsScreened() {
    try (var fixture = new Fixture(KernelChoice.Preference.VECTOR, 1, gaussians(10, VOCABULARY))) {
      fixture.randomInput(new Random(11));
      assertFalse(fixture.screened.applyWhereItPays(fixture.stepOfOne(0)));
      assertFalse(fixture.screened.applyWhereItPays(fixture.stepOfOne(257)));
      assertTrue(fixture.screened.applyWhereItPays(fixture.stepOfOne(256)));
    }
  }

  @Test
  void numbersThatAreNotFiniteAreNotScreened() {
    try (var fixture = new Fixture(KernelChoice.Preference.VECTOR, 1, gaussians(7, VOCABULARY))) {
      for (float bad : new float[]{Float.NaN, Float.POSITIVE_INFINITY}) {
        fixture.randomInput(new Random(8));
        fixture.workspace.headInput[3] = bad;
        assertEquals(-1, fixture.apply(1, 1));
      }
    }
  }

  /** Scores of what pads the last block, zero, would be the largest. */
  @Test
  void rowsThatPadAreNoLogits() {
    float[] head = gaussians(14, VOCABULARY);
    for (int i = 0; i < head.length; i++) {
      head[i] = -Math.abs(head[i]);
    }
    try (var fixture = new Fixture(KernelChoice.Preference.VECTOR, 2, head)) {
      Arrays.fill(fixture.workspace.headInput, 1);
      assertTrue(fixture.apply(1, 40) >= 40);
      assertArrayEquals(order(fixture.exactLogits(0), 40), order(fixture.workspace.logits(0), 40));
    }
  }

  /** Squares of what scores may be off by are too small for a float. */
  @ParameterizedTest
  @ValueSource(floats = {1e-20f, 1e-25f, 1e-27f})
  void tinyWeightsAreNoReasonToLeaveAnythingOut(float scale) {
    float[] head = gaussians(16, VOCABULARY);
    for (int i = 0; i < head.length; i++) {
      head[i] *= scale;
    }
    try (var fixture = new Fixture(KernelChoice.Preference.VECTOR, 2, head)) {
      var random = new Random(17);
      for (int step = 0; step < 50; step++) {
        fixture.randomInput(random);
        assertTrue(fixture.apply(1, 1) > 0);
        assertEquals(order(fixture.exactLogits(0), 1)[0], order(fixture.workspace.logits(0), 1)[0]);
      }
    }
  }

  @Test
  void activationsFarFromOneAreNotScreened() {
    try (var fixture = new Fixture(KernelChoice.Preference.VECTOR, 1, gaussians(18, VOCABULARY))) {
      for (float scale : new float[]{1e-35f, 1e15f}) {
        fixture.randomInput(new Random(19));
        for (int i = 0; i < fixture.cols; i++) {
          fixture.workspace.headInput[i] *= scale;
        }
        assertEquals(-1, fixture.apply(1, 1));
      }
    }
  }

  @Test
  void whatStandsOutIsFoundWithoutComputingAll() {
    float[] head = gaussians(9, VOCABULARY);
    try (var fixture = new Fixture(KernelChoice.Preference.VECTOR, 2, head)) {
      for (int best = 0; best < VOCABULARY; best += 97) {
        System.arraycopy(head, best * fixture.cols, fixture.workspace.headInput, 0, fixture.cols);
        assertTrue(fixture.apply(1, 1) < VOCABULARY / 20);
        assertEquals(best, order(fixture.workspace.logits(0), 1)[0]);
      }
    }
  }

  @Test
  void everyWorkerGetsAFewParts() {
    assertEquals(32, ScreenedHead.part(1002, 2));
    assertEquals(16, ScreenedHead.part(1002, 8));
    assertEquals(8, ScreenedHead.part(250, 6));
    assertEquals(4, ScreenedHead.part(1, 16));
  }

  @Test
  void leavesATokenOutLessOftenThanOnceInAMillion() {
    for (int largest : new int[]{1, 40, 256}) {
      double high = ScreenedHead.mostDeviations(largest);
      assertEquals(1e-6, 2.0 * largest * Math.exp(-high * high / 2), 1e-10, "of " + largest);
    }
  }

  /**
   * The worst that the bound allows: logits hardly differ, the largest have scores that are too small, all others ones that are far too
   * large.
   */
  @ParameterizedTest
  @ValueSource(ints = {1, 40, 256})
  void errorsUpToTheBoundLeaveNothingOut(int largest) {
    float[] row = gaussians(12, 1);
    var head = new float[VOCABULARY * row.length];
    for (int id = 0; id < VOCABULARY; id++) {
      float factor = 1 + 1e-5f * id;
      for (int col = 0; col < row.length; col++) {
        head[id * row.length + col] = factor * row[col];
      }
    }
    var kernel = new ErringScreenKernel();
    try (var fixture = new Fixture(KernelChoice.Preference.SCALAR, 2, head, kernel)) {
      fixture.randomInput(new Random(13));
      float[] exact = fixture.exactLogits(0);
      int[] expected = order(exact, largest);
      kernel.logits = exact;
      Arrays.fill(kernel.errors, 100);
      for (int id : expected) {
        kernel.errors[id] = -0.99f * ScreenedHead.mostDeviations(largest);
      }
      assertTrue(fixture.apply(1, largest) >= largest);
      assertArrayEquals(expected, order(fixture.workspace.logits(0), largest));
    }
  }

  private static float[] gaussians(long seed, int rows) {
    var random = new Random(seed);
    var values = new float[rows * 256];
    for (int i = 0; i < values.length; i++) {
      values[i] = (float) random.nextGaussian() * 0.03f;
    }
    return values;
  }

  private static int[] order(float[] logits, int count) {
    return IntStream.range(0, logits.length).boxed().sorted(Comparator.<Integer, Float>comparing(id -> -logits[id]))
        .limit(count).mapToInt(Integer::intValue).toArray();
  }

  /** Scores of one token with errors as wanted, in deviations. */
  private static final class ErringScreenKernel implements ScreenKernel {
    private final ScreenKernel kernel = new ScalarScreenKernel();
    private final float[] errors = new float[VOCABULARY];
    private float[] logits = {};

    @Override
    public long tableBytes(int cols) {
      return kernel.tableBytes(cols);
    }

    @Override
    public void prepare(float[] x, int offset, int cols, float step, MemorySegment tables, int fromBlock, int toBlock) {
      kernel.prepare(x, offset, cols, step, tables, fromBlock, toBlock);
    }

    @Override
    public void multiply(ScreenMatrix w, MemorySegment tables, float[] steps, int tokens, float[] scores,
        float[] deviations, int stride, int fromBlock, int toBlock, int[] scratch) {
      kernel.multiply(w, tables, steps, tokens, scores, deviations, stride, fromBlock, toBlock, scratch);
      int end = Math.min(w.rows(), toBlock * ScreenMatrix.BLOCK_ROWS);
      for (int row = fromBlock * ScreenMatrix.BLOCK_ROWS; row < end; row++) {
        scores[row] = logits[row] + errors[row] * deviations[row];
      }
    }
  }

  /** A head of random weights over a workspace whose input the tests fill. */
  private static final class Fixture implements AutoCloseable {
    private final Arena arena = Arena.ofShared();
    private final WorkerTeam team;
    private final DenseMatrix head;
    private final ScreenedHead screened;
    final int cols;
    final Workspace workspace;

    Fixture(KernelChoice.Preference preference, int threads, float[] weights) {
      this(preference, threads, weights, KernelChoice.choose(preference).kernels().screen()
          .orElseGet(ScalarScreenKernel::new));
    }

    Fixture(KernelChoice.Preference preference, int threads, float[] weights, ScreenKernel kernel) {
      team = new WorkerTeam("test", threads);
      Kernels chosen = KernelChoice.choose(preference).kernels();
      ModelConfig mini = Checkpoints.open(GoldenFiles.path("bitnet-mini-set/bitnet-mini"), arena).config();
      cols = mini.modelDim();
      var config = new ModelConfig(mini.architecture(), mini.layerCount(), cols, mini.headCount(), mini.kvHeadCount(),
          mini.headDim(), mini.ffnDim(), VOCABULARY, mini.contextLength(), mini.rmsNormEps(), mini.rope(),
          mini.activation());
      workspace = new Workspace(config, chosen, team, 4, 4);
      MemorySegment data = arena.allocate((long) weights.length * Float.BYTES, 64);
      MemorySegment.copy(weights, 0, data, ValueLayout.JAVA_FLOAT, 0, weights.length);
      head = new DenseMatrix(DenseType.F32, VOCABULARY, cols, data);
      MemorySegment coarse = arena.allocate(ScreenMatrix.packedBytes(VOCABULARY, cols), ScreenMatrix.ALIGNMENT);
      assertTrue(ScreenMatrix.packInto(VOCABULARY, cols,
          (row, out) -> System.arraycopy(weights, row * cols, out, 0, cols), coarse, 0,
          ScreenMatrix.rowBlocks(VOCABULARY)));
      screened = new ScreenedHead(kernel, ScreenMatrix.wrap(VOCABULARY, cols, coarse), head, workspace, arena);
    }

    void randomInput(Random random) {
      for (int i = 0; i < workspace.headInput.length; i++) {
        workspace.headInput[i] = (float) random.nextGaussian();
      }
    }

    long apply(int tokens, int largest) {
      var wanted = new int[tokens];
      Arrays.fill(wanted, largest);
      return screened.apply(tokens, wanted);
    }

    /** A step of one token that wants some of its largest logits. */
    Step stepOfOne(int largest) {
      var shape = new CacheShape(1, 1, 1);
      var pool = new PagePool(shape, KeyValueType.F32, PagePool.pageBytes(shape, KeyValueType.F32));
      var step = new Step();
      step.add(new SequenceCache(pool, 1), new int[]{0}, 0, 1, 1, largest);
      return step;
    }

    float[] exactLogits(int token) {
      var logits = new float[VOCABULARY];
      workspace.kernels.dense().multiply(head, workspace.headInput, token * cols, logits, 0, 0, VOCABULARY);
      return logits;
    }

    @Override
    public void close() {
      workspace.close();
      team.close();
      arena.close();
    }
  }
}
