/*
 * Copyright the Trine authors.
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.trine.app.http;

import dev.trine.api.PlatformException;
import dev.trine.api.StandardErrorCode;
import dev.trine.api.llm.SamplingOptions;
import java.time.Duration;
import java.util.List;

/**
 * How the server runs. Made with {@link #builder}.
 *
 * @param host             name or address to listen on; 127.0.0.1 by default
 * @param port             port to listen on, 8000 by default; 0 takes any free one
 * @param apiKeys          keys of which a request must show one; empty for no keys
 * @param corsOrigins      origins of web pages that may call the server besides pages of this machine, such as
 *                         {@code https://chat.example}; {@code *} for every page
 * @param gracePeriod      how long running answers may go on after {@link TrineServer#close}; 10 s by default
 * @param strictModel      whether a request must name a model that is there, instead of a name that clients send by default
 * @param samplingDefaults sampling for what a request leaves unset; what is unset here falls to the model
 * @param maxBodyBytes     largest JSON body; 2 MiB by default
 * @param keepAlive        silence after which a stream carries a comment; 15 s by default
 * @param requestTimeout   silence after which a connection whose request has not arrived to its end is closed; 30 s by default
 */
public record ServerOptions(String host, int port, List<String> apiKeys, List<String> corsOrigins,
    Duration gracePeriod, boolean strictModel, SamplingOptions samplingDefaults, int maxBodyBytes,
    Duration keepAlive, Duration requestTimeout) {

  /** @throws PlatformException {@code INVALID_CONFIGURATION} naming the option that is out of range */
  public ServerOptions {
    apiKeys = List.copyOf(apiKeys);
    corsOrigins = List.copyOf(corsOrigins);
    check(!host.isBlank(), "host", "must not be empty");
    check(port >= 0 && port <= 65535, "port", "must be 0 to 65535, got " + port);
    check(apiKeys.stream().noneMatch(String::isBlank), "api-key", "must not be empty");
    check(!gracePeriod.isNegative(), "grace-period", "must not be negative, got " + gracePeriod);
    check(maxBodyBytes > 0, "max-body-bytes", "must be positive, got " + maxBodyBytes);
    check(keepAlive.isPositive(), "keep-alive", "must be positive, got " + keepAlive);
    check(requestTimeout.toMillis() > 0, "request-timeout", "must be at least a millisecond, got " + requestTimeout);
  }

  private static void check(boolean good, String option, String rule) {
    if (!good) {
      throw PlatformException.ofParameter(StandardErrorCode.INVALID_CONFIGURATION, option, option + " " + rule);
    }
  }

  /** Begins with the defaults. */
  public static Builder builder() {
    return new Builder();
  }

  /** Collects options. */
  public static final class Builder {
    private String host = "127.0.0.1";
    private int port = 8000;
    private List<String> apiKeys = List.of();
    private List<String> corsOrigins = List.of();
    private Duration gracePeriod = Duration.ofSeconds(10);
    private boolean strictModel;
    private SamplingOptions samplingDefaults = SamplingOptions.unset();
    private int maxBodyBytes = 2 << 20;
    private Duration keepAlive = Duration.ofSeconds(15);
    private Duration requestTimeout = Duration.ofSeconds(30);

    private Builder() {}

    /** See {@link ServerOptions#host}. */
    public Builder host(String value) {
      host = value;
      return this;
    }

    /** See {@link ServerOptions#port}. */
    public Builder port(int value) {
      port = value;
      return this;
    }

    /** See {@link ServerOptions#apiKeys}. */
    public Builder apiKeys(List<String> value) {
      apiKeys = value;
      return this;
    }

    /** See {@link ServerOptions#corsOrigins}. */
    public Builder corsOrigins(List<String> value) {
      corsOrigins = value;
      return this;
    }

    /** See {@link ServerOptions#gracePeriod}. */
    public Builder gracePeriod(Duration value) {
      gracePeriod = value;
      return this;
    }

    /** See {@link ServerOptions#strictModel}. */
    public Builder strictModel(boolean value) {
      strictModel = value;
      return this;
    }

    /** See {@link ServerOptions#samplingDefaults}. */
    public Builder samplingDefaults(SamplingOptions value) {
      samplingDefaults = value;
      return this;
    }

    /** See {@link ServerOptions#maxBodyBytes}. */
    public Builder maxBodyBytes(int value) {
      maxBodyBytes = value;
      return this;
    }

    /** See {@link ServerOptions#keepAlive}. */
    public Builder keepAlive(Duration value) {
      keepAlive = value;
      return this;
    }

    /** See {@link ServerOptions#requestTimeout}. */
    public Builder requestTimeout(Duration value) {
      requestTimeout = value;
      return this;
    }

    /** @throws PlatformException {@code INVALID_CONFIGURATION} naming the option that is out of range */
    public ServerOptions build() {
      return new ServerOptions(host, port, apiKeys, corsOrigins, gracePeriod, strictModel, samplingDefaults,
          maxBodyBytes, keepAlive, requestTimeout);
    }
  }
}
