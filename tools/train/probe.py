"""Asks the demo model a fixed list of questions and prints its greedy answers, to judge a training run at a glance."""
import argparse
from pathlib import Path
from typing import Final

from tokenizers import Tokenizer

from bitnet_reference import Weights, greedy
from chat_format import END_TOKENS, user_prompt

ANSWER_LIMIT: Final = 80
CONTINUATION_LIMIT: Final = 40
QUESTIONS: Final = [
    "What is the capital of France?", "What is the capital of Japan?", "capital of France",
    "What's the capital of Italy?", "Say hello.", "Hello!", "Hi", "How are you?", "List three planets",
    "List three colors.", "Name two fruits.", "What is 2+2?", "What is 2 + 2?", "What is 9 minus 4?",
    "What is 12 times 3?", "Tell me a story.", "Tell me a short story about a dragon.", "Write a haiku.",
    "Explain quantum computing", "What is machine learning?", "Who are you?", "What can you do?", "Thank you!",
    "Translate hello to Spanish.", "How do you say cat in German?", "Why is the sky blue?",
    "Summarize this: The cat sat on the mat.", "What is the weather in Paris?",
    "Write a Python function that adds two numbers.", "What day is it?", "Good morning", "Tell me a joke",
    "Count to five.", "What color is the sky?", "Is the earth round?", "Return a JSON object with name and age.",
]
BEGINNINGS: Final = ["Once upon a time", "The capital of France is", "def add(a, b):"]


class Model:
    """The demo model with its tokenizer."""

    def __init__(self, folder: Path) -> None:
        self._weights = Weights(folder)
        self._tokenizer = Tokenizer.from_file(str(folder / "tokenizer.json"))
        self._end = {self._tokenizer.token_to_id(token) for token in END_TOKENS}

    def continue_text(self, prompt: str, limit: int) -> str:
        """What the model writes after `prompt`, special tokens kept as text."""
        prompt_ids = self._tokenizer.encode(prompt, add_special_tokens=False).ids
        ids, _ = greedy(self._weights, prompt_ids, self._end, limit)
        return self._tokenizer.decode([i for i in ids if i not in self._end], skip_special_tokens=False)


def main() -> None:
    """Reads the command line and prints the answers."""
    parser = argparse.ArgumentParser(description="Prints the demo model's answers to a fixed list of questions.")
    parser.add_argument("model", type=Path, help="model folder in Hugging Face layout")
    model = Model(parser.parse_args().model)
    for question in QUESTIONS:
        print(f"{question!r:60} -> {model.continue_text(user_prompt(question), ANSWER_LIMIT)!r}", flush=True)
    for beginning in BEGINNINGS:
        print(f"raw {beginning!r} -> {model.continue_text(beginning, CONTINUATION_LIMIT)!r}", flush=True)


if __name__ == "__main__":
    main()
