"""Writes the golden answers of the demo model: greedy texts that the NumPy reference and transformers agree on.

Every case holds the rendered prompt, its token ids, the generated ids with their text, the smallest distance between
the best and the second-best logit, and whether transformers' BitNetForCausalLM generated the same ids.
"""
import argparse
import json
from pathlib import Path
from typing import Any, Final

import torch
from tokenizers import Tokenizer
from transformers import AutoModelForCausalLM, AutoTokenizer

from bitnet_reference import Weights, greedy
from chat_format import END_TOKENS

Message = dict[str, str]

TOKEN_LIMIT: Final = 96
WEATHER_TOOL: Final = {
    "type": "function",
    "function": {
        "name": "get_weather",
        "description": "Current weather in a city.",
        "parameters": {"type": "object", "properties": {"city": {"type": "string"}}, "required": ["city"]},
    },
}


def _user(content: str) -> Message:
    return {"role": "user", "content": content}


CASES: Final[list[tuple[str, list[Message], list[dict[str, Any]] | None]]] = [
    ("capital", [_user("What is the capital of France?")], None),
    ("hello", [_user("Say hello.")], None),
    ("planets", [_user("List three planets")], None),
    ("sum", [_user("What is 17 plus 5?")], None),
    ("ai", [_user("What is artificial intelligence?")], None),
    ("story", [_user("Tell me a story.")], None),
    ("who", [_user("Who are you?")], None),
    ("system", [{"role": "system", "content": "You are a helpful assistant."},
                _user("How do you say water in French?")], None),
    ("two turns", [_user("What is the capital of France?"),
                   {"role": "assistant", "content": "The capital of France is Paris."},
                   _user("And of Italy?")], None),
    ("tool", [_user("What is the weather in Oslo?")], [WEATHER_TOOL]),
]


class GoldenMaker:
    """Answers cases with the reference and with transformers."""

    def __init__(self, folder: Path) -> None:
        self._weights = Weights(folder)
        self._tokenizer = Tokenizer.from_file(str(folder / "tokenizer.json"))
        self._end = {self._tokenizer.token_to_id(token) for token in END_TOKENS}
        self._peer_tokenizer = AutoTokenizer.from_pretrained(folder)
        self._peer = AutoModelForCausalLM.from_pretrained(folder, dtype=torch.float32).eval()

    def case(self, name: str, messages: list[Message], tools: list[dict[str, Any]] | None) -> dict[str, Any]:
        """One entry of the golden file."""
        prompt = self._peer_tokenizer.apply_chat_template(
            messages, tools=tools, add_generation_prompt=True, tokenize=False)
        prompt_ids = self._tokenizer.encode(prompt, add_special_tokens=False).ids
        ids, margins = greedy(self._weights, prompt_ids, self._end, TOKEN_LIMIT)
        text = self._tokenizer.decode([i for i in ids if i not in self._end], skip_special_tokens=False)
        return {
            "name": name, "messages": messages, "tools": tools, "prompt": prompt, "prompt_ids": prompt_ids,
            "ids": ids, "text": text, "min_margin": min(margins),
            "transformers_equal": self._peer_ids(prompt_ids) == ids,
        }

    @torch.no_grad()
    def _peer_ids(self, prompt_ids: list[int]) -> list[int]:
        output = self._peer.generate(
            torch.tensor([prompt_ids]), max_new_tokens=TOKEN_LIMIT, do_sample=False, eos_token_id=sorted(self._end),
            pad_token_id=0)
        return output[0, len(prompt_ids):].tolist()


def main() -> None:
    """Reads the command line and writes the golden file."""
    parser = argparse.ArgumentParser(description="Writes the golden answers of the demo model.")
    parser.add_argument("model", type=Path, help="model folder in Hugging Face layout")
    parser.add_argument("output", type=Path, help="JSON file to write")
    arguments = parser.parse_args()
    maker = GoldenMaker(arguments.model)
    cases = []
    for name, messages, tools in CASES:
        case = maker.case(name, messages, tools)
        cases.append(case)
        equal = case["transformers_equal"]
        print(f"{name:10} equal {equal} margin {case['min_margin']:.4f} {case['text']!r}", flush=True)
    arguments.output.write_text(json.dumps({"cases": cases}, ensure_ascii=False, indent=1), encoding="utf-8")


if __name__ == "__main__":
    main()
