/*
 * Copyright the Trine authors.
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.trine.app.store;

import dev.trine.api.PlatformException;
import dev.trine.api.StandardErrorCode;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

class LocalModelStoreTest {

  private static final String COMMIT = "0123456789abcdef0123456789abcdef01234567";

  @TempDir
  Path folder;

  private LocalModelStore store = new LocalModelStore(new TrineHome(Path.of("unset")), Optional.empty(),
      new HuggingFaceCache(Path.of("unset")), Path.of("unset"));

  @BeforeEach
  void openStore() throws IOException {
    folderModel(folder.resolve("dist/models/trine-tiny"));
    store = LocalModelStore.of(Map.of("TRINE_HOME", folder.resolve("home").toString(), "HF_HUB_CACHE",
        folder.resolve("hub").toString()), folder.resolve("user"), Optional.of(folder.resolve("dist")));
  }

  private static void folderModel(Path path) throws IOException {
    Files.createDirectories(path);
    Files.writeString(path.resolve("config.json"), "{}");
  }

  private static Path file(Path path) throws IOException {
    Files.createDirectories(path.getParent());
    return Files.writeString(path, "x");
  }

  @Test
  void saysOfAFileHereThatItIsNoModel() {
    var failure = assertThrows(PlatformException.class, () -> store.resolve("pom.xml"));
    String message = String.valueOf(failure.getMessage());
    assertTrue(message.endsWith("pom.xml is neither a model folder nor a .gguf file"), message);
  }

  private Path snapshot(String repository) throws IOException {
    Path root = folder.resolve("hub").resolve("models--" + repository.replace("/", "--"));
    file(root.resolve("refs/main"));
    Files.writeString(root.resolve("refs/main"), COMMIT);
    return Files.createDirectories(root.resolve("snapshots").resolve(COMMIT));
  }

  private Path installed(String name) {
    return folder.resolve("home/models").resolve(name);
  }

  private static PlatformException failure(Runnable action) {
    return assertThrows(PlatformException.class, action::run);
  }

  @Test
  void listsBundledInstalledAndCachedModelsSortedById() throws IOException {
    folderModel(installed("microsoft/bitnet-2b"));
    file(installed("tiny.gguf"));
    file(installed("org/other.gguf"));
    file(snapshot("hub/model").resolve("model.gguf"));
    assertEquals(List.of("hub/model", "microsoft/bitnet-2b", "org/other", "tiny", "trine-tiny"),
        store.list().stream().map(entry -> entry.id()).toList());
  }

  @Test
  void listsNothingWhenNothingIsThere() {
    var empty = LocalModelStore.of(Map.of("TRINE_HOME", folder.resolve("none").toString(), "HF_HUB_CACHE", "/nowhere"),
        folder, Optional.empty());
    assertEquals(List.of(), empty.list());
    assertFalse(Files.exists(folder.resolve("none")), "looking must not create anything");
  }

  @Test
  void opensTheOnlyGgufOfAFolder() throws IOException {
    Path gguf = file(installed("org/model").resolve("weights.gguf"));
    assertEquals(gguf, store.find("org/model").orElseThrow().path());
  }

  @Test
  void resolvesABareNameThatOneModelHas() throws IOException {
    folderModel(installed("microsoft/bitnet-2b"));
    assertEquals("microsoft/bitnet-2b", store.resolve("bitnet-2b").id());
  }

  @Test
  void resolvesAModelWithoutItsOnlySelector() throws IOException {
    folderModel(installed("microsoft/bitnet-2b@I2_S"));
    assertEquals("microsoft/bitnet-2b:I2_S", store.resolve("microsoft/bitnet-2b").id());
    assertEquals("microsoft/bitnet-2b:I2_S", store.resolve("bitnet-2b").id());
    assertEquals("microsoft/bitnet-2b:I2_S", store.resolve("microsoft/bitnet-2b:I2_S").id());
  }

  @Test
  void refusesANameThatSeveralModelsHave() throws IOException {
    folderModel(installed("one/model"));
    folderModel(installed("two/model"));
    PlatformException failure = failure(() -> store.resolve("model"));
    assertEquals(StandardErrorCode.INVALID_REQUEST, failure.code());
    assertTrue(String.valueOf(failure.getMessage()).contains("one/model, two/model"), failure.getMessage());
  }

  @Test
  void suggestsNearNames() throws IOException {
    folderModel(installed("microsoft/bitnet-2b"));
    PlatformException failure = failure(() -> store.resolve("trine-tinny"));
    assertEquals(StandardErrorCode.MODEL_NOT_FOUND, failure.code());
    assertTrue(String.valueOf(failure.getMessage()).contains("Did you mean trine-tiny?"), failure.getMessage());
    assertTrue(String.valueOf(failure(() -> store.resolve("bitnet-3b")).getMessage())
        .contains("Did you mean microsoft/bitnet-2b?"));
    assertFalse(String.valueOf(failure(() -> store.resolve("something-else")).getMessage()).contains("Did you mean"));
  }

  @Test
  void resolvesPaths() throws IOException {
    Path gguf = file(folder.resolve("elsewhere/model.gguf"));
    ResolvedModel model = store.resolve(gguf.toString());
    assertEquals(new ResolvedModel("model", gguf, ResolvedModel.Origin.PATH), model);
    folderModel(folder.resolve("elsewhere/folder"));
    assertEquals("folder", store.resolve(folder.resolve("elsewhere/folder").toString()).id());
    folderModel(folder.resolve("user/mine"));
    assertEquals(folder.resolve("user/mine"), store.resolve("~/mine").path());
  }

  @ParameterizedTest
  @ValueSource(strings = {"/no/such/folder", "./nothing", "../nothing", "nothing.gguf", "~/nothing"})
  void saysThatAPathIsNotThere(String path) {
    PlatformException failure = failure(() -> store.resolve(path));
    assertEquals(StandardErrorCode.MODEL_NOT_FOUND, failure.code());
    assertTrue(String.valueOf(failure.getMessage()).startsWith("there is no file or folder "), failure.getMessage());
  }

  @ParameterizedTest
  @ValueSource(strings = {"..", "../models/x", "a/../../secret", "org/..", "/etc", "a/b/c", "org/na me", "", "x\u0000y",
      "org/.hidden"})
  void findsNoModelOutsideTheStore(String id) throws IOException {
    folderModel(folder.resolve("home/secret"));
    folderModel(folder.resolve("secret"));
    assertEquals(Optional.empty(), store.find(id));
  }

  @Test
  void refusesAnEmptyReference() {
    assertEquals(StandardErrorCode.INVALID_REQUEST, failure(() -> store.resolve("  ")).code());
  }

  @Test
  void findsASnapshotWhoseFilesAreLinksIntoTheRepository() throws IOException {
    Path snapshot = snapshot("org/name");
    Path blob = file(snapshot.resolve("../../blobs/abc").normalize());
    Files.createSymbolicLink(snapshot.resolve("model.safetensors"), blob);
    Files.writeString(snapshot.resolve("config.json"), "{}");
    ResolvedModel model = store.resolve("name");
    assertEquals("org/name", model.id());
    assertEquals(ResolvedModel.Origin.HUGGING_FACE_CACHE, model.origin());
    assertEquals(snapshot, model.path());
  }

  @Test
  void refusesASnapshotWithALinkOutOfTheRepository() throws IOException {
    Path snapshot = snapshot("org/name");
    Files.createSymbolicLink(snapshot.resolve("model.safetensors"), file(folder.resolve("outside")));
    PlatformException failure = failure(() -> store.resolve("org/name"));
    assertTrue(String.valueOf(failure.getMessage()).contains("leads out of"), failure.getMessage());
  }

  @Test
  void refusesASnapshotThatIsIncomplete() throws IOException {
    Path snapshot = snapshot("org/name");
    file(snapshot.resolve("model-00001-of-00002.safetensors"));
    Files.writeString(snapshot.resolve("model.safetensors.index.json"),
        "{\"weight_map\":{\"a\":\"model-00001-of-00002.safetensors\",\"b\":\"model-00002-of-00002.safetensors\"}}");
    PlatformException failure = failure(() -> store.resolve("org/name"));
    assertEquals(StandardErrorCode.MODEL_NOT_FOUND, failure.code());
    assertTrue(String.valueOf(failure.getMessage()).contains("model-00002-of-00002.safetensors"), failure.getMessage());
    assertEquals(List.of("org/name"), store.incomplete().stream().map(HuggingFaceCache.Snapshot::id).toList());
    file(snapshot.resolve("model-00002-of-00002.safetensors"));
    assertEquals("org/name", store.resolve("org/name").id());
  }

  @Test
  void survivesAnIndexThatIsNoJson() throws IOException {
    Path snapshot = snapshot("org/name");
    file(snapshot.resolve("model.safetensors"));
    Files.writeString(snapshot.resolve("model.safetensors.index.json"), "{\"weight_map\": [");
    assertTrue(String.valueOf(failure(() -> store.resolve("org/name")).getMessage()).contains("cannot be read"));
  }

  @Test
  void ignoresARefThatIsNoCommit() throws IOException {
    Path snapshot = snapshot("org/name");
    file(snapshot.resolve("model.gguf"));
    Files.writeString(snapshot.resolve("../../refs/main").normalize(), "../../../..");
    assertEquals(Optional.empty(), store.find("org/name"));
  }

  @Test
  void createsTheHomeForItsOwnerAlone() throws IOException {
    store.home().create();
    store.home().create();
    assertEquals("rwx------", PosixFilePermissions.toString(Files.getPosixFilePermissions(store.home().root())));
  }

  @Test
  void measuresEditsWhateverTheCase() {
    assertEquals(0, NearNames.distance("Trine", "trine"));
    assertEquals(1, NearNames.distance("serve", "sere"));
    assertEquals(2, NearNames.distance("kitten", "sittin"));
    assertEquals(List.of("abc", "abd"), NearNames.of("abc", List.of("abd", "abc", "xyz", "abcdefg")));
  }
}
