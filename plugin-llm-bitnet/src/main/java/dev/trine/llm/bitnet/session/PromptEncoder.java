/*
 * Copyright the Trine authors.
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.trine.llm.bitnet.session;

import dev.trine.api.PlatformException;
import dev.trine.api.StandardErrorCode;
import dev.trine.api.llm.ChatMessage;
import dev.trine.api.llm.Prompt;
import dev.trine.llm.bitnet.template.ChatTemplate;
import dev.trine.llm.bitnet.template.ChatTemplateSet;
import dev.trine.llm.bitnet.tokenizer.TextFragment;
import dev.trine.llm.bitnet.tokenizer.Tokenizer;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** Turns a prompt into token ids: chat template, tokenizer, beginning-of-text token. Safe for use by several threads. */
public final class PromptEncoder {

  private final Tokenizer tokenizer;
  private final Optional<ChatTemplateSet> templates;
  private final Map<String, Object> templateVariables;

  /** @param templateVariables what every template sees, such as {@code bos_token} */
  public PromptEncoder(Tokenizer tokenizer, Optional<ChatTemplateSet> templates,
      Map<String, Object> templateVariables) {
    this.tokenizer = tokenizer;
    this.templates = templates;
    this.templateVariables = Map.copyOf(templateVariables);
  }

  /**
   * The token ids of a prompt.
   *
   * @throws PlatformException {@code INVALID_VALUE} for ids outside the vocabulary or an empty prompt, {@code NOT_SUPPORTED} for
   *                           a conversation when the model has no chat template, {@code INVALID_REQUEST} with the template's own
   *                           words when it refuses the conversation
   */
  public int[] encode(Prompt prompt) {
    int[] ids = switch (prompt) {
      case Prompt.Text(String text) -> withBeginOfText(tokenizer.encode(text, true));
      case Prompt.Tokens(List<Integer> given) -> checked(given);
      case Prompt.Chat chat -> withBeginOfText(tokenizer.encodeFragments(render(chat)));
    };
    if (ids.length == 0) {
      throw PlatformException.ofParameter(StandardErrorCode.INVALID_VALUE, "prompt",
          "the prompt is empty and this model has no token to begin a text with");
    }
    return ids;
  }

  private int[] checked(List<Integer> ids) {
    for (int id : ids) {
      if (id < 0 || id >= tokenizer.vocabularySize()) {
        throw PlatformException.ofParameter(StandardErrorCode.INVALID_VALUE, "prompt",
            "token id " + id + " is not in 0.." + (tokenizer.vocabularySize() - 1));
      }
    }
    return ids.stream().mapToInt(Integer::intValue).toArray();
  }

  private int[] withBeginOfText(int[] ids) {
    int begin = tokenizer.beginOfTextId();
    if (!tokenizer.addsBeginOfText() || begin < 0 || (ids.length > 0 && ids[0] == begin)) {
      return ids;
    }
    var longer = new int[ids.length + 1];
    longer[0] = begin;
    System.arraycopy(ids, 0, longer, 1, ids.length);
    return longer;
  }

  private List<TextFragment> render(Prompt.Chat chat) {
    if (templates.isEmpty()) {
      throw new PlatformException(StandardErrorCode.NOT_SUPPORTED,
          "this model has no chat template, so it cannot hold a conversation; ask for a plain completion instead");
    }
    if (chat.messages().isEmpty()) {
      throw PlatformException.ofParameter(StandardErrorCode.INVALID_VALUE, "messages", "messages must not be empty");
    }
    List<ChatMessage> messages = chat.messages();
    ChatMessage last = messages.getLast();
    boolean continued = !chat.addGenerationPrompt() && last.role().equals("assistant") && last.content() != null;
    if (continued) {
      // Rendered as an open turn: the template would end the turn after the text that is to be continued.
      messages = messages.subList(0, messages.size() - 1);
    }
    var variables = new LinkedHashMap<String, Object>(chat.templateArguments());
    // After the request's own, so that no request passes its text off as the model's.
    variables.putAll(templateVariables);
    variables.put("messages", messages.stream().map(PromptEncoder::variables).toList());
    if (!chat.tools().isEmpty()) {
      variables.put("tools", chat.tools());
    }
    variables.put("add_generation_prompt", continued || chat.addGenerationPrompt());
    ChatTemplate template = templates.get().forRequest(!chat.tools().isEmpty());
    var fragments = new ArrayList<>(template.renderFragments(variables));
    if (continued && last.content() != null) {
      fragments.add(new TextFragment(last.content(), false));
    }
    return fragments;
  }

  private static Map<String, Object> variables(ChatMessage message) {
    var variables = new LinkedHashMap<String, Object>();
    variables.put("role", message.role());
    variables.put("content", message.content());
    variables.putAll(message.extra());
    return variables;
  }
}
