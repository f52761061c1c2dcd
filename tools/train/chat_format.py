"""How the demo model's conversations are written: its special tokens, its chat template, and the same in Python."""
import json
from collections.abc import Iterator
from typing import Any, Final

END_OF_TEXT: Final = "<|endoftext|>"
END_OF_TURN: Final = "<|im_end|>"
END_TOKENS: Final = (END_OF_TURN, END_OF_TEXT)
SPECIAL_TOKENS: Final = [
    END_OF_TEXT, "<|im_start|>", END_OF_TURN, "<|fim_prefix|>", "<|fim_middle|>", "<|fim_suffix|>", "<tool_call>",
    "</tool_call>", "<search>", "</search>",
]
CHAT_TEMPLATE: Final = (
    "{%- if tools %}{{- '<|im_start|>system\\n' }}"
    "{%- if messages[0].role == 'system' %}{{- messages[0].content + '\\n\\n' }}{%- endif %}"
    "{{- '# Tools\\n<tools>' }}{%- for tool in tools %}{{- '\\n' + (tool | tojson) }}{%- endfor %}"
    "{{- '\\n</tools><|im_end|>\\n' }}"
    "{%- elif messages[0].role == 'system' %}"
    "{{- '<|im_start|>system\\n' + messages[0].content + '<|im_end|>\\n' }}{%- endif %}"
    "{%- for message in messages %}{%- if message.role == 'system' and loop.first %}"
    "{%- elif message.role == 'assistant' and message.tool_calls %}{{- '<|im_start|>assistant' }}"
    "{%- if message.content %}{{- '\\n' + message.content }}{%- endif %}"
    "{%- for call in message.tool_calls %}{%- set f = call.function if call.function else call %}"
    "{{- '\\n<tool_call>\\n{\"name\": \"' + f.name + '\", \"arguments\": ' }}"
    "{{- (f.arguments if f.arguments is string else f.arguments | tojson) + '}\\n</tool_call>' }}{%- endfor %}"
    "{{- '<|im_end|>\\n' }}"
    "{%- else %}{{- '<|im_start|>' + message.role + '\\n' + message.content + '<|im_end|>\\n' }}"
    "{%- endif %}{%- endfor %}"
    "{%- if add_generation_prompt %}{{- '<|im_start|>assistant\\n' }}{%- endif %}"
)

Segment = tuple[str, bool]


def user_prompt(question: str) -> str:
    """The prompt of a single question."""
    return f"<|im_start|>user\n{question}<|im_end|>\n<|im_start|>assistant\n"


def segments(document: dict[str, Any]) -> Iterator[Segment]:
    """The document's text in pieces, each with whether it is to be learnt; together what CHAT_TEMPLATE renders."""
    if "text" in document:
        yield document["text"] + END_OF_TEXT, True
        return
    messages = document["messages"]
    system = messages[0]["content"] if messages[0]["role"] == "system" else None
    if document.get("tools"):
        preface = "" if system is None else system + "\n\n"
        tools = "".join("\n" + _json(tool) for tool in document["tools"])
        yield f"<|im_start|>system\n{preface}# Tools\n<tools>{tools}\n</tools><|im_end|>\n", False
    elif system is not None:
        yield f"<|im_start|>system\n{system}<|im_end|>\n", False
    for message in messages if system is None else messages[1:]:
        if message["role"] == "assistant":
            yield "<|im_start|>assistant\n", False
            yield _assistant_text(message) + END_OF_TURN, True
            yield "\n", False
        else:
            yield f"<|im_start|>{message['role']}\n{message['content']}<|im_end|>\n", False
    yield END_OF_TEXT, False


def _assistant_text(message: dict[str, Any]) -> str:
    if "tool_calls" not in message:
        return message["content"]
    return "\n".join(
        f'<tool_call>\n{{"name": "{call["name"]}", "arguments": {_json(call["arguments"])}}}\n</tool_call>'
        for call in message["tool_calls"])


def _json(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False)
