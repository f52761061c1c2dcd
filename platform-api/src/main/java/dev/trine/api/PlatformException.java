/*
 * Copyright the Trine authors.
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.trine.api;

import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * The one exception of the platform. Its message is for people: what was refused, where (file, field, tensor), what was
 * found and what was expected.
 */
public final class PlatformException extends RuntimeException {

  private static final long serialVersionUID = 1L;

  private final transient ErrorCode code;
  private final @Nullable String parameter;
  private final transient Map<String, Object> details;

  private PlatformException(ErrorCode code, String message, @Nullable Throwable cause, @Nullable String parameter,
      Map<String, Object> details) {
    super(message, cause);
    this.code = code;
    this.parameter = parameter;
    this.details = Collections.unmodifiableMap(new LinkedHashMap<>(details));
  }

  public PlatformException(ErrorCode code, String message) {
    this(code, message, null, null, Map.of());
  }

  public PlatformException(ErrorCode code, String message, @Nullable Throwable cause) {
    this(code, message, cause, null, Map.of());
  }

  /**
   * A failure of one request field or setting.
   *
   * @param parameter the field's name as the caller wrote it
   */
  public static PlatformException ofParameter(ErrorCode code, String parameter, String message) {
    return new PlatformException(code, message, null, parameter, Map.of());
  }

  /** The same failure with facts that a program can read, such as {@code n_ctx}. */
  public PlatformException withDetails(Map<String, Object> moreDetails) {
    var all = new LinkedHashMap<>(details);
    all.putAll(moreDetails);
    var copy = new PlatformException(code, String.valueOf(getMessage()), getCause(), parameter, all);
    copy.setStackTrace(getStackTrace());
    return copy;
  }

  /** The stable code. */
  public ErrorCode code() {
    return code;
  }

  /** The request field or setting at fault; empty when it is none in particular. */
  public Optional<String> parameter() {
    return Optional.ofNullable(parameter);
  }

  /** Facts that a program can read; possibly empty. */
  public Map<String, Object> details() {
    return details;
  }
}
