/*
 * Copyright the Trine authors.
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.trine.app.http.health;

import com.fasterxml.jackson.annotation.JsonProperty;
import dev.trine.api.PlatformException;
import dev.trine.api.StandardErrorCode;
import dev.trine.app.http.Loopback;
import dev.trine.app.http.ProductVersion;
import dev.trine.app.http.ServerOptions;
import dev.trine.app.http.error.ErrorEnvelope;
import dev.trine.app.http.error.ErrorResponses;
import dev.trine.app.model.ModelRegistry;
import dev.trine.app.plugin.PluginReport;
import dev.trine.app.plugin.PluginRuntime;
import io.micronaut.http.HttpResponse;
import io.micronaut.http.MediaType;
import io.micronaut.http.annotation.Controller;
import io.micronaut.http.annotation.Get;
import io.micronaut.serde.annotation.Serdeable;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;

/** Whether the server lives, and whether it can answer. */
@Controller
final class HealthController {

  /** All is well. */
  @Serdeable
  record Status(String status) {}

  /** All is well, and who says so. */
  @Serdeable
  record ServiceStatus(String status, boolean ok, String service, String version,
      @JsonProperty("server_mode") String serverMode, List<PluginStatus> plugins) {}

  /** How a plugin is doing, which kernels it chose among it. */
  @Serdeable
  record PluginStatus(String id, String status, String message, Map<String, String> details) {}

  /** Not yet, in llama.cpp's shape: its code is the HTTP status. */
  @Serdeable
  record NativeFailure(NativeError error) {}

  /** The inside of {@link NativeFailure}. */
  @Serdeable
  record NativeError(int code, String message, String type) {}

  /** Not yet. */
  @Serdeable
  record ServiceFailure(ErrorEnvelope.Body error, String detail, boolean ok) {}

  private final ModelRegistry models;
  private final PluginRuntime plugins;
  private final String serverMode;

  HealthController(ModelRegistry models, PluginRuntime plugins, ServerOptions options) {
    this.models = models;
    this.plugins = plugins;
    this.serverMode = Loopback.isLoopbackBind(options.host()) ? "local-only" : "networked";
  }

  /** Liveness: 200 as long as the process answers. */
  @Get(uri = "/healthz", produces = MediaType.ALL)
  HttpResponse<?> live() {
    return HttpResponse.ok(new Status("ok")).contentType(ErrorResponses.JSON);
  }

  /** Readiness in llama.cpp's shape: 503 while the model is loading and when it could not be loaded. */
  @Get(uri = "/health", produces = MediaType.ALL)
  HttpResponse<?> ready() {
    return obstacle().<HttpResponse<?>>map(failure -> ErrorResponses.of(failure)
        .<Object>body(
            new NativeFailure(new NativeError(503, String.valueOf(failure.getMessage()), "unavailable_error"))))
        .orElseGet(this::live);
  }

  /** Readiness, with the server's name and version. */
  @Get(uri = "/v1/health", produces = MediaType.ALL)
  HttpResponse<?> service() {
    Optional<PlatformException> obstacle = obstacle();
    if (obstacle.isPresent()) {
      ErrorEnvelope envelope = ErrorResponses.envelope(obstacle.get());
      return ErrorResponses.of(obstacle.get())
          .<Object>body(new ServiceFailure(envelope.error(), envelope.detail(), false));
    }
    return HttpResponse.ok(new ServiceStatus("ok", true, "trine", ProductVersion.version(), serverMode, pluginStatus()))
        .contentType(ErrorResponses.JSON);
  }

  /** Those that run; what a broken one says is for the machine's owner, not for every client. */
  private List<PluginStatus> pluginStatus() {
    return plugins.reports().stream().filter(report -> report.state() == PluginReport.State.RUNNING)
        .map(report -> new PluginStatus(report.name(), report.health().status().name().toLowerCase(Locale.ROOT),
            report.health().message(), report.health().details()))
        .toList();
  }

  private Optional<PlatformException> obstacle() {
    return switch (models.state()) {
      case LOADING -> Optional.of(new PlatformException(StandardErrorCode.MODEL_LOADING, "Loading model"));
      case FAILED -> Optional.of(new PlatformException(StandardErrorCode.MODEL_UNAVAILABLE, failureText()));
      case READY -> Optional.empty();
    };
  }

  private String failureText() {
    return "the model could not be loaded: "
        + models.failure().map(failure -> String.valueOf(failure.getMessage())).orElse("the server's log says more");
  }
}
