/*
 * Copyright the Trine authors.
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.trine.llm.bitnet.template;

/** A failure while a template is rendered; {@link ChatTemplate} turns it into a platform exception that names the place. */
final class TemplateFailure extends RuntimeException {

  private static final long serialVersionUID = 1L;

  private final boolean raisedByTemplate;

  private TemplateFailure(String message, boolean raisedByTemplate) {
    super(message, null, false, false);
    this.raisedByTemplate = raisedByTemplate;
  }

  TemplateFailure(String message) {
    this(message, false);
  }

  /** What {@code raise_exception(message)} throws. */
  static TemplateFailure raised(String message) {
    return new TemplateFailure(message, true);
  }

  /** Whether the template itself refused the conversation. */
  boolean raisedByTemplate() {
    return raisedByTemplate;
  }

  String text() {
    return String.valueOf(getMessage());
  }
}
