/*
 * Copyright the Trine authors.
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.trine.llm.bitnet.template;

import dev.trine.api.PlatformException;
import dev.trine.api.StandardErrorCode;
import dev.trine.llm.bitnet.tokenizer.TextFragment;
import java.time.InstantSource;
import java.time.LocalDateTime;
import java.time.ZoneId;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * A compiled chat template. Immutable and safe for use by several threads.
 *
 * <p>Variables are maps, lists, strings, booleans, numbers and nulls, as JSON has them. Transformers gives templates
 * {@code messages}, {@code tools}, {@code documents}, {@code add_generation_prompt}, the special tokens ({@code bos_token},
 * {@code eos_token} and others) and whatever else the request names.
 */
public final class ChatTemplate {

  /** Variables that come from the model's own files, so that their text is as the template's. */
  public static final Set<String> SPECIAL_TOKEN_VARIABLES = Set.of("bos_token", "eos_token", "unk_token", "sep_token",
      "pad_token", "cls_token", "mask_token");

  private final String name;
  private final String source;
  private final Statement.Block root;
  private final InstantSource clock;
  private final @Nullable ZoneId zone;

  private ChatTemplate(String name, String source, Statement.Block root, InstantSource clock, @Nullable ZoneId zone) {
    this.name = name;
    this.source = source;
    this.root = root;
    this.clock = clock;
    this.zone = zone;
  }

  /**
   * Compiles a template.
   *
   * @param name where the template comes from, for messages
   * @throws PlatformException {@code MODEL_INVALID} with the name, the line and what is wrong
   */
  public static ChatTemplate compile(String name, String source) {
    return new ChatTemplate(name, source, Parser.parse(name, source), InstantSource.system(), null);
  }

  /** The same template with another clock behind {@code strftime_now}; without it the system's clock and zone are used. */
  public ChatTemplate withClock(InstantSource newClock, ZoneId newZone) {
    return new ChatTemplate(name, source, root, newClock, newZone);
  }

  /** Where the template comes from. */
  public String name() {
    return name;
  }

  /** The template as it was compiled. */
  public String source() {
    return source;
  }

  /**
   * Renders a conversation.
   *
   * @throws PlatformException {@code INVALID_REQUEST} when the template refuses the conversation (the message holds what it says),
   *                           cannot work with it, or goes beyond the limits
   */
  public String render(Map<String, ? extends @Nullable Object> variables) {
    return renderText(variables, SPECIAL_TOKEN_VARIABLES).string();
  }

  /** As {@link #renderFragments(Map, Set)} with {@link #SPECIAL_TOKEN_VARIABLES} trusted. */
  public List<TextFragment> renderFragments(Map<String, ? extends @Nullable Object> variables) {
    return renderFragments(variables, SPECIAL_TOKEN_VARIABLES);
  }

  /**
   * Renders a conversation and tells the template's own text from text that came with the request. Known roles of messages count
   * as the template's, because templates make control tokens of them.
   *
   * @param trustedVariables variables whose text is the model's own
   * @return non-empty fragments, neighbours of different trust; put together they are what {@link #render} gives
   * @throws PlatformException as {@link #render}
   */
  public List<TextFragment> renderFragments(Map<String, ? extends @Nullable Object> variables,
      Set<String> trustedVariables) {
    return renderText(variables, trustedVariables).fragments();
  }

  private Text renderText(Map<String, ? extends @Nullable Object> variables, Set<String> trustedVariables) {
    var budget = new Budget();
    var interpreter = new Interpreter(budget);
    try {
      Map<String, Value> values = Globals.of(budget, this::now);
      var input = new ValueImport(new Budget());
      variables.forEach((key, value) -> values.put(key, input.variable(key, value, trustedVariables.contains(key))));
      return interpreter.render(root, values);
    } catch (TemplateFailure e) {
      String message = e.raisedByTemplate()
          ? "the chat template refuses the conversation: " + e.text()
          : "chat template " + name + ", line " + interpreter.line() + ": " + e.text();
      throw new PlatformException(StandardErrorCode.INVALID_REQUEST, message, e);
    }
  }

  private LocalDateTime now() {
    return LocalDateTime.ofInstant(clock.instant(), zone == null ? ZoneId.systemDefault() : zone);
  }
}
