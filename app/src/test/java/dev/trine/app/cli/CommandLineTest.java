/*
 * Copyright the Trine authors.
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.trine.app.cli;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

/** Runs commands in this process, with a plugin whose models echo what they are told. */
class CommandLineTest {

  @TempDir
  static Path plugins = Path.of("unset");

  @TempDir
  Path folder;

  private final Map<String, String> environment = new LinkedHashMap<>();

  @BeforeAll
  static void buildPlugin() throws IOException {
    EchoPluginJar.build(plugins);
  }

  @BeforeEach
  void prepare() throws IOException {
    environment.put("TRINE_HOME", folder.resolve("home").toString());
    environment.put("HF_HUB_CACHE", folder.resolve("hub").toString());
    model(folder.resolve("dist/models/trine-tiny"));
  }

  /** How a command ended, and what it wrote. */
  record Outcome(int exitCode, String out, String err) {}

  private static Path model(Path path) throws IOException {
    Files.createDirectories(path);
    Files.writeString(path.resolve("config.json"), "{}");
    Files.writeString(path.resolve("echo.txt"), "");
    return path;
  }

  private Outcome trine(String... args) {
    return trine(new byte[0], EnumSet.noneOf(Console.Stream.class), args);
  }

  private Outcome piped(String input, String... args) {
    return trine(input.getBytes(StandardCharsets.UTF_8), EnumSet.noneOf(Console.Stream.class), args);
  }

  private Outcome trine(byte[] input, Set<Console.Stream> terminals, String... args) {
    var out = new ByteArrayOutputStream();
    var err = new ByteArrayOutputStream();
    int exitCode = Trine.execute(console(input, out, err, terminals), withPlugins(args));
    return new Outcome(exitCode, out.toString(StandardCharsets.UTF_8), err.toString(StandardCharsets.UTF_8));
  }

  private Console console(byte[] input, OutputStream out, OutputStream err, Set<Console.Stream> terminals) {
    return new Console(new ByteArrayInputStream(input), out, err, terminals, environment, folder,
        Optional.of(folder.resolve("dist")));
  }

  private static String[] withPlugins(String... args) {
    var all = new ArrayList<>(List.of(args));
    if (args.length > 0 && List.of("run", "chat", "list", "doctor", "serve", "bench").contains(args[0])) {
      all.add(1, "--plugins=" + plugins);
    }
    return all.toArray(String[]::new);
  }

  private static JsonNode json(String text) throws IOException {
    return JsonMapper.builder().build().readTree(text);
  }

  @Test
  void saysWhatThereIsWhenNothingIsAsked() {
    Outcome outcome = trine();
    assertEquals(0, outcome.exitCode());
    assertTrue(outcome.out().contains("trine run \"What is the capital of France?\""), outcome.out());
    assertEquals("", outcome.err());
  }

  @ParameterizedTest
  @ValueSource(strings = {"serve", "chat", "run", "list", "doctor", "bench", "completion", "version"})
  void explainsEveryCommand(String command) {
    Outcome outcome = trine(command, "--help");
    assertEquals(0, outcome.exitCode());
    assertTrue(outcome.out().startsWith("Usage: trine " + command), outcome.out());
    assertEquals("", outcome.err());
  }

  @Test
  void explainsACommandWhenAskedForHelp() {
    assertEquals(trine().out(), trine("help").out());
    assertEquals(trine("run", "--help").out(), trine("help", "run").out());
    assertEquals(2, trine("help", "nothing").exitCode());
  }

  @ParameterizedTest
  @ValueSource(strings = {"pull", "pull microsoft/bitnet-b1.58-2B-4T", "pull --quiet a b -x"})
  void saysHowToGetAModelInsteadOfDownloadingOne(String command) {
    Outcome outcome = trine(command.split(" "));
    assertEquals(1, outcome.exitCode());
    assertEquals("", outcome.out());
    assertTrue(outcome.err().contains("cannot download models yet")
        && outcome.err().contains("\n  hf download microsoft/bitnet-b1.58-2B-4T\n")
        && outcome.err().contains("trine serve microsoft/bitnet-b1.58-2B-4T"), outcome.err());
    assertFalse(trine().out().contains("pull"), "it is not among the commands");
    assertFalse(trine("completion", "fish").out().contains("pull"));
  }

  @Test
  void saysItsVersion() {
    assertEquals(trine("version").out(), trine("--version").out());
    assertTrue(trine("-V").out().matches("trine \\S+\\n"));
  }

  @ParameterizedTest
  @CsvSource({"serv, serve", "lits, list", "docter, doctor"})
  void suggestsACommand(String typed, String meant) {
    Outcome outcome = trine(typed);
    assertEquals(2, outcome.exitCode());
    assertTrue(outcome.err().contains("Did you mean " + meant), outcome.err());
    assertEquals("", outcome.out());
  }

  @Test
  void suggestsAnOption() {
    Outcome outcome = trine("run", "--temperatur", "0", "hi");
    assertEquals(2, outcome.exitCode());
    assertTrue(outcome.err().contains("--temperature"), outcome.err());
  }

  @ParameterizedTest
  @ValueSource(strings = {"--temperature=-1", "--temperature=NaN", "--top-p=2", "--top-k=-5", "--max-tokens=-2",
      "--max-tokens=many", "--threads=-1", "--threads=0", "--ctx=-1", "--stop="})
  void refusesAValueOutOfRange(String option) {
    Outcome outcome = trine("run", option, "hi");
    assertEquals(2, outcome.exitCode(), outcome.err());
    String name = option.substring(2, option.indexOf('='));
    assertTrue(outcome.err().replace('_', '-').contains(name), outcome.err());
    assertEquals("", outcome.out());
  }

  @Test
  void answersWithTheDemoModelAndSaysSo() {
    Outcome outcome = trine("run", "Why", "so?");
    assertEquals("user:Why so?\n", outcome.out());
    assertTrue(outcome.err().startsWith("trine-tiny is a demo"), outcome.err());
    assertEquals(0, outcome.exitCode());
  }

  @Test
  void isQuietWhenAsked() {
    assertEquals(new Outcome(0, "user:hi\n", ""), trine("run", "-q", "hi"));
    assertEquals(new Outcome(0, "user:hi\n", ""), trine("run", "-m", "echo", "hi"));
  }

  @Test
  void takesTheFirstWordAsModelWhenItIsOneAndMoreWordsFollow() throws IOException {
    assertEquals(new Outcome(0, "user:hi\n", ""), trine("run", "echo", "hi"));
    assertEquals("user:echo\n", trine("run", "echo").out());
    assertEquals(new Outcome(0, "user:piped\n", ""), piped("piped\n", "run", "echo"));
    assertEquals("user:echo hi\n", trine("run", "-m", "echo", "echo", "hi").out());
    assertEquals("user:other hi\n", trine("run", "-q", "other", "hi").out());
    Path path = model(folder.resolve("elsewhere"));
    assertEquals("user:hi\n", trine("run", path.toString(), "hi").out());
  }

  @Test
  void readsThePromptFromStandardInput() {
    assertEquals("user:piped\n", piped("piped\n", "run", "-q").out());
    assertEquals("user:explain\n\npiped\n", piped("piped\n", "run", "-q", "explain").out());
    assertEquals("user:before piped after\n", piped("piped\n", "run", "-q", "before", "-", "after").out());
  }

  @Test
  void namesTheByteThatIsNotUtf8() {
    Outcome outcome = trine(new byte[]{'a', (byte) 0xc3, (byte) 0xa4, (byte) 0xff, 'b'},
        EnumSet.noneOf(Console.Stream.class), "run", "-q");
    assertEquals(2, outcome.exitCode());
    assertTrue(outcome.err().contains("byte 0xff at offset 3"), outcome.err());
    assertEquals("", outcome.out());
  }

  @Test
  void namesTheStartOfACharacterThatIsCutOff() {
    Outcome outcome = trine(new byte[]{'a', (byte) 0xe2, (byte) 0x82}, EnumSet.noneOf(Console.Stream.class), "run",
        "-q");
    assertEquals(2, outcome.exitCode());
    assertTrue(outcome.err().contains("offset 1"), outcome.err());
  }

  @Test
  void takesNegativeNumbersAndPromptsThatBeginWithADash() {
    assertEquals("user:hi\n", trine("run", "-q", "-n", "-1", "--seed", "-1", "hi").out());
    assertEquals("user:- one\n- two\n", trine("run", "-q", "--", "- one\n- two").out());
    assertTrue(trine("run", "-q", "- one").err().contains("go behind --"));
    assertEquals("user:--help\n", trine("run", "-q", "--", "--help").out());
  }

  @Test
  void asksForAPromptWhenThereIsNone() {
    Outcome outcome = trine("run");
    assertEquals(2, outcome.exitCode());
    assertTrue(outcome.err().contains("there is no prompt"), outcome.err());
    assertTrue(outcome.err().contains("trine run \"What is the capital of France?\""), outcome.err());
  }

  @Test
  void passesSystemMessageRawPromptAndLimitOn() {
    assertEquals("system:Be brief.|user:hi\n", trine("run", "-q", "--system", "Be brief.", "hi").out());
    assertEquals("raw:Once\n", trine("run", "-q", "--raw", "Once").out());
    assertEquals("\n", trine("run", "-q", "-n", "0", "hi").out());
    assertEquals(2, trine("run", "--raw", "--system", "x", "hi").exitCode());
  }

  @Test
  void letsAModelWithoutTemplateGoOnFromThePrompt() {
    Outcome outcome = trine("run", "-m", "plain", "Once");
    assertEquals("raw:Once\n", outcome.out());
    assertTrue(outcome.err().contains("plain has no chat template"), outcome.err());
    assertEquals(1, trine("run", "-m", "plain", "--system", "x", "Once").exitCode());
    assertEquals(1, trine("chat", "plain").exitCode());
  }

  @Test
  void printsOneJsonObject() throws IOException {
    Outcome outcome = trine("run", "--json", "hi");
    JsonNode report = json(outcome.out());
    assertEquals("user:hi", report.path("text").asText());
    assertEquals("trine-tiny", report.path("model").asText());
    assertEquals("stop", report.path("finish_reason").asText());
    assertEquals(6, report.path("usage").path("total_tokens").asInt());
    assertEquals(4000.0, report.path("timings").path("prompt_tps").asDouble());
    assertEquals(500.0, report.path("timings").path("gen_tps").asDouble());
    assertEquals("", outcome.err());
  }

  @Test
  void printsErrorsAsJsonToo() throws IOException {
    Outcome outcome = trine("run", "--json", "-m", "nothing-like-it", "hi");
    assertEquals(3, outcome.exitCode());
    assertEquals("model_not_found", json(outcome.out()).path("error").path("code").asText());
    assertEquals(2, trine("run", "--json", "--temperature=-1", "hi").exitCode());
  }

  @Test
  void endsWithTheExitCodeOfTheFailure() throws IOException {
    assertEquals(3, trine("run", "-m", "no-such-model", "hi").exitCode());
    assertEquals(3, trine("run", "-m", "./no/such/path", "hi").exitCode());
    Files.writeString(model(folder.resolve("home/models/broken")).resolve("broken.txt"), "");
    Outcome broken = trine("run", "-m", "broken", "hi");
    assertEquals(5, broken.exitCode());
    assertTrue(broken.err().contains("echo.txt: expected nothing, found something"), broken.err());
    assertFalse(broken.err().contains("\tat "), "no stack trace");
    Outcome tooLong = trine("run", "-q", "this is too long");
    assertEquals(2, tooLong.exitCode());
    assertTrue(tooLong.err().contains("9999"), tooLong.err());
  }

  @Test
  void showsWhereItHappenedWhenAsked() {
    environment.put("TRINE_DEBUG", "1");
    assertTrue(trine("run", "-m", "no-such-model", "hi").err().contains("\tat dev.trine"));
  }

  @Test
  void refusesAFolderThatIsNoModel() throws IOException {
    Path empty = Files.createDirectories(folder.resolve("some/empty"));
    Outcome outcome = trine("run", "-m", empty.toString(), "hi");
    assertEquals(1, outcome.exitCode());
    assertTrue(outcome.err().contains(empty.toString()) && outcome.err().contains(".gguf"), outcome.err());
  }

  @Test
  void endsSilentlyWhenTheReaderHasGone() {
    var closed = new OutputStream() {
      @Override
      public void write(int b) throws IOException {
        throw new IOException("Broken pipe");
      }
    };
    var err = new ByteArrayOutputStream();
    Console console = console(new byte[0], closed, err, EnumSet.noneOf(Console.Stream.class));
    assertEquals(141, Trine.execute(console, withPlugins("run", "-m", "echo", "endless")));
    assertEquals("", err.toString(StandardCharsets.UTF_8));
    assertEquals(141, Trine.execute(console, "--help"));
  }

  @Test
  void showsControlCharactersAsSymbolsOnATerminalOnly() {
    assertEquals("user:\u241b[2J\n",
        trine(new byte[0], EnumSet.of(Console.Stream.OUT), "run", "-q", "ESC[2J").out());
    assertEquals("user:\u001b[2J\n", trine("run", "-q", "ESC[2J").out());
  }

  @Test
  void chatsWithALineEachWhenPiped() {
    Outcome outcome = piped("one\n\ntwo\n", "chat", "echo");
    assertEquals("user:one\nuser:one|assistant:user:one|user:two\n", outcome.out());
    assertEquals(0, outcome.exitCode());
  }

  @Test
  void knowsBlocksAndContinuedLinesInAConversation() {
    assertEquals("user:a\nb\nuser:a\nb|assistant:user:a\nb|user:c\nd\n",
        piped("\"\"\"a\nb\"\"\"\nc\\\nd\n", "chat", "echo").out());
  }

  @Test
  void obeysCommandsInAConversation() {
    Outcome outcome = piped("one\n/new\n/system Be brief.\ntwo\n/undo\n//x\n/exit\nnever\n", "chat", "echo");
    assertEquals("user:one\nsystem:Be brief.|user:two\nsystem:Be brief.|user:/x\n", outcome.out());
    assertEquals(0, outcome.exitCode());
  }

  @Test
  void asksTheLastQuestionAgain() {
    assertEquals("user:one\nuser:one\n", piped("one\n/retry\n", "chat", "echo").out());
  }

  @Test
  void suggestsACommandInAConversationAndSendsNothing() {
    Outcome outcome = piped("/halp\n", "chat", "echo");
    assertEquals("", outcome.out());
    assertTrue(outcome.err().contains("did you mean /help?"), outcome.err());
    assertEquals(2, outcome.exitCode());
  }

  @Test
  void goesOnAfterAMessageThatDoesNotFit() {
    Outcome outcome = piped("too long\nhi\n", "chat", "echo");
    assertEquals("user:hi\n", outcome.out());
    assertTrue(outcome.err().contains("9999") && outcome.err().contains("/undo"), outcome.err());
  }

  @Test
  void changesSettingsInAConversation() {
    Outcome outcome = piped("/set max_tokens 0\nhi\n/set temperature hot\n/set top_q 1\n", "chat", "echo");
    assertEquals("\n", outcome.out());
    assertTrue(outcome.err().contains("temperature must be a number, got 'hot'"), outcome.err());
    assertTrue(outcome.err().contains("there is no setting 'top_q'; there are top_k, top_p"), outcome.err());
  }

  @Test
  void measuresAModelInATable() {
    Outcome outcome = trine("bench", "--only", "decode,prefill", "-r", "1", "-n", "2", "-p", "4", "-t", "1", "echo");
    assertEquals(0, outcome.exitCode(), outcome.err());
    assertTrue(outcome.out().startsWith("echo: echo, none; 7.0 M weights"), outcome.out());
    assertTrue(outcome.out().contains("1 threads, which read "), outcome.out());
    assertTrue(outcome.out().contains("\nprefill        4 tokens "), outcome.out());
    assertTrue(outcome.out().contains("\ndecode         context 64 "), outcome.out());
    assertTrue(
        outcome.out().contains("decode at context 2048 is left out: it needs a context of 2050 tokens, the model "
            + "has 2048"),
        outcome.out());
    assertTrue(outcome.err().contains("trine bench: round 1 of 1: prefill, 4 tokens"), outcome.err());
  }

  @Test
  void measuresStartsInProcessesOfTheirOwn() throws IOException {
    Outcome outcome = trine("bench", "--json", "--only", "first_token", "-r", "1", "-t", "1");
    assertEquals(0, outcome.exitCode(), outcome.err());
    JsonNode rows = json(outcome.out()).path("rows");
    assertEquals(2, rows.size(), outcome.out());
    for (int i = 0; i < 2; i++) {
      assertEquals("first_token", rows.path(i).path("name").asText());
      assertEquals(i == 0, rows.path(i).path("cached").asBoolean());
      assertTrue(rows.path(i).path("ms").asLong() > 0, outcome.out());
      assertEquals(1, rows.path(i).path("repetitions").asInt());
    }
    assertTrue(outcome.out().contains("the first start has left no packed weights for later ones"), outcome.out());
  }

  @Test
  void failsWhereDraftsChangeTheText() throws IOException {
    Path model = model(folder.resolve("odd"));
    Files.writeString(model.resolve("drafts.txt"), "");
    Outcome outcome = trine("bench", "--only", "decode_drafts", "-r", "1", "-n", "2", "-t", "1", model.toString());
    assertEquals(1, outcome.exitCode(), outcome.err());
    assertTrue(outcome.out().contains("; THE TEXTS DIFFER"), outcome.out());
    assertTrue(outcome.err().contains("drafts changed the text; they must not"), outcome.err());
  }

  @Test
  void tellsWhatPluginsSayOfThemselvesButNotInPlaceOfItsOwn() throws IOException {
    Outcome outcome = trine("bench", "--json", "--only", "decode,prefill", "--only", "prefill", "-r", "1", "-p", "4",
        "-n",
        "2", "-t", "1", "echo");
    assertEquals(0, outcome.exitCode(), outcome.err());
    JsonNode report = json(outcome.out());
    assertEquals("mirrors", report.path("echo_kernel").asText());
    assertEquals("of the plugin", report.path("plugins").path("echo").path("cpu").asText());
    assertEquals(1, report.path("threads").asInt());
    assertFalse(report.path("cpu").asText().equals("of the plugin"), outcome.out());
    assertEquals(2, report.path("rows").size(), outcome.out());
  }

  @ParameterizedTest
  @CsvSource(delimiter = '|', value = {"--only decod|Did you mean decode?", "-p 0|--prompt-tokens must be 1 to",
      "-n 1|--tokens must be 2 to", "-r 0|--reps must be 1 to", "--keep|--keep goes with --shape",
      "--write x.gguf|--write goes with --shape", "--shape bitnet-2b-4x|Did you mean bitnet-2b-4t?",
      "--shape bitnet-2b-4t echo|leave it or 'echo' out", "--shape bitnet-2b-4t --head q4|--head",
      "--head f16|--head goes with --shape", "--only ,|there is no row ''", "-t 0|--threads must be 1 or more",
      "--shape bitnet-2b-4t --write nowhere/x --keep|--keep does not go with --write",
      "--shape bitnet-2b-4t --write nowhere/x --json|--json does not go with --write",
      "--shape bitnet-2b-4t --write nowhere/x --only decode|--only does not go with --write",
      "--shape bitnet-2b-4t --write nowhere/x|there is no folder ", "--shape bitnet-2b-4t --write /|it is a folder"})
  void refusesABenchmarkThatMakesNoSense(String options, String reason) {
    Outcome outcome = trine(("bench " + options).split(" "));
    assertEquals(2, outcome.exitCode(), outcome.err());
    assertTrue(outcome.err().contains(reason), outcome.err());
    assertEquals("", outcome.out());
  }

  @Test
  void writesASyntheticModelOverNoOtherFile() throws IOException {
    Path file = Files.writeString(folder.resolve("mine.gguf"), "somebody's model");
    Outcome outcome = trine("bench", "--shape", "bitnet-2b-4t", "--write", file.toString());
    assertEquals(2, outcome.exitCode(), outcome.err());
    assertTrue(outcome.err().contains("cannot write to " + file + ": "), outcome.err());
    assertEquals("somebody's model", Files.readString(file));
  }

  @Test
  void listsShapes() {
    Outcome outcome = trine("bench", "--shape", "list");
    assertEquals(0, outcome.exitCode());
    assertTrue(outcome.out().contains("bitnet-2b-4t         microsoft/bitnet-b1.58-2B-4T "), outcome.out());
  }

  @Test
  void listsModelsAndWhatIsWrongWithThem() throws IOException {
    Files.writeString(model(folder.resolve("home/models/org/broken")).resolve("broken.txt"), "");
    Outcome outcome = trine("list");
    assertEquals(0, outcome.exitCode());
    List<String> lines = outcome.out().lines().toList();
    assertEquals(5, lines.size(), outcome.out());
    assertTrue(lines.get(0).startsWith("ID "), outcome.out());
    assertTrue(lines.get(1).startsWith("echo "), outcome.out());
    assertTrue(lines.get(3).startsWith("org/broken ") && lines.get(3).contains("broken: "), outcome.out());
    assertTrue(lines.get(4).startsWith("trine-tiny ") && lines.get(4).contains("bundled"), outcome.out());
    assertEquals("echo\nplain\norg/broken\ntrine-tiny\n", trine("list", "-q").out());
    assertEquals("trine-tiny", json(trine("list", "--json").out()).path(3).path("id").asText());
  }

  @Test
  void findsEverythingInOrder() throws IOException {
    Outcome outcome = trine("doctor", "--json");
    JsonNode report = json(outcome.out());
    assertEquals(outcome.exitCode() == 0, report.path("ok").asBoolean());
    var ids = new ArrayList<String>();
    report.path("checks").forEach(check -> ids.add(check.path("id").asText()));
    assertTrue(ids.containsAll(List.of("java", "vector module", "cores", "memory", "home", "plugin echo",
        "model trine-tiny")), ids.toString());
  }

  @Test
  void reportsABrokenJarByNameAndReason() throws IOException {
    Files.createDirectories(folder.resolve("home/plugins"));
    Files.writeString(folder.resolve("home/plugins/junk.jar"), "this is no jar");
    Outcome outcome = trine("doctor");
    assertEquals(1, outcome.exitCode());
    assertTrue(outcome.out().contains("FAIL  plugin junk.jar: "), outcome.out());
  }

  @ParameterizedTest
  @CsvSource({"bash, _complete_trine", "zsh, bashcompinit", "FISH, complete -c trine"})
  void printsCompletionScripts(String shell, String part) {
    Outcome outcome = trine("completion", shell);
    assertEquals(0, outcome.exitCode());
    assertTrue(outcome.out().contains(part), outcome.out());
  }

  @Test
  void warnsOfAPluginThatIsNotThere() {
    Outcome outcome = trine("run", "--without", "ecko", "-m", "echo", "hi");
    assertEquals("user:hi\n", outcome.out());
    assertTrue(outcome.err().contains("'ecko'") && outcome.err().contains("did you mean 'echo'"), outcome.err());
  }

  @Test
  void leavesAPluginOut() {
    Outcome outcome = trine("run", "--without", "echo", "-m", "echo", "hi");
    assertEquals(3, outcome.exitCode());
    assertEquals("", outcome.out());
  }
}
