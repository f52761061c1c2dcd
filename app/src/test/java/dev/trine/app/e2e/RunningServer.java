/*
 * Copyright the Trine authors.
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.trine.app.e2e;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** The packaged product serving, started with its launcher as a user would. */
final class RunningServer implements AutoCloseable {

  static final Path LAUNCHER = Path.of("target", "dist", "bin", "trine").toAbsolutePath();
  private static final Pattern SERVING = Pattern.compile("Serving on (http://\\S+)");
  private static final int START_SECONDS = 120;
  private static final int STOP_SECONDS = 30;

  private final Process process;
  private final URI uri;

  private RunningServer(Process process, URI uri) {
    this.process = process;
    this.uri = uri;
  }

  /** Starts {@code trine serve} on a free port with the demo model. */
  static RunningServer start(Path home, String... arguments) throws IOException {
    var command = new ArrayList<>(List.of(LAUNCHER.toString(), "serve", "--port", "0"));
    command.addAll(List.of(arguments));
    var builder = new ProcessBuilder(command).redirectOutput(ProcessBuilder.Redirect.DISCARD);
    builder.environment().put("TRINE_HOME", home.toString());
    builder.environment().put("TRINE_JAVA_HOME", System.getProperty("java.home"));
    Process process = builder.start();
    var address = new CompletableFuture<URI>();
    Thread.ofVirtual().start(() -> follow(process, address));
    try {
      return new RunningServer(process, address.get(START_SECONDS, TimeUnit.SECONDS));
    } catch (InterruptedException | ExecutionException | TimeoutException e) {
      process.destroyForcibly();
      throw new IOException("the server did not start", e);
    }
  }

  /** Reads on to the end, so that the server never blocks on a full pipe. */
  private static void follow(Process process, CompletableFuture<URI> address) {
    var seen = new StringBuilder();
    try (var lines = new BufferedReader(new InputStreamReader(process.getErrorStream(), StandardCharsets.UTF_8))) {
      for (String line = lines.readLine(); line != null; line = lines.readLine()) {
        seen.append(line).append('\n');
        Matcher serving = SERVING.matcher(line);
        if (serving.find()) {
          address.complete(URI.create(serving.group(1)));
        }
      }
    } catch (IOException e) {
      seen.append(e);
    }
    address.completeExceptionally(new IOException("the server ended: " + seen));
  }

  /** Such as {@code http://127.0.0.1:40123}. */
  URI uri() {
    return uri;
  }

  /** Whether the process still runs. */
  boolean isAlive() {
    return process.isAlive();
  }

  @Override
  public void close() throws IOException {
    process.destroy();
    try {
      if (!process.waitFor(STOP_SECONDS, TimeUnit.SECONDS)) {
        process.destroyForcibly();
        throw new IOException("the server did not stop within " + STOP_SECONDS + " s");
      }
    } catch (InterruptedException e) {
      process.destroyForcibly();
      Thread.currentThread().interrupt();
    }
  }

  /** Runs a command to its end and returns what it printed; standard error too when it fails. */
  static String run(Path folder, List<String> command) throws IOException, InterruptedException {
    Path errors = Files.createTempFile("trine-e2e", ".err");
    try {
      Process process = new ProcessBuilder(command).directory(folder.toFile()).redirectError(errors.toFile()).start();
      process.getOutputStream().close();
      String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
      int exit = process.waitFor();
      if (exit != 0) {
        throw new IOException(command + " ended with " + exit + ": " + output + Files.readString(errors));
      }
      return output;
    } finally {
      Files.delete(errors);
    }
  }
}
