/*
 * Copyright the Trine authors.
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.trine.llm.bitnet.template;

/** HTML escaping, which chat templates use through the filters {@code escape} and {@code safe} alone. */
final class Markup {

  private Markup() {}

  /** The text as markup: as it is if it is markup already, else escaped. */
  static Text escape(Budget budget, Text text) {
    return text.markup() ? text : escapeAlways(budget, text);
  }

  static Text escapeAlways(Budget budget, Text text) {
    String string = text.string();
    var out = new TextBuilder(budget);
    int copied = 0;
    for (int i = 0; i < string.length(); i++) {
      String entity = switch (string.charAt(i)) {
        case '&' -> "&amp;";
        case '<' -> "&lt;";
        case '>' -> "&gt;";
        case '\'' -> "&#39;";
        case '"' -> "&#34;";
        default -> "";
      };
      if (!entity.isEmpty()) {
        out.append(text, copied, i).append(entity, text.trustedAt(i));
        copied = i + 1;
      }
    }
    return out.append(text, copied, string.length()).build().asMarkup(true);
  }
}
