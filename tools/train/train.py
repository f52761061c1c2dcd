"""Trains Trine's built-in demo model, quantisation-aware, and writes it in Hugging Face layout.

The output folder receives `model/` (the model), `master.pt` (the float weights, for `--init`), `tokenizer.json` and
`tokens.npz` (the tokenized corpus, used again when it is there).
"""
import argparse
import json
import math
import time
from pathlib import Path
from typing import Any, Final

import numpy as np
import torch
import torch.nn.functional as F
from numpy.typing import NDArray
from safetensors.torch import save_file
from tokenizers import Regex, Tokenizer, decoders, models, pre_tokenizers, trainers
from torch import Tensor, nn

from chat_format import CHAT_TEMPLATE, END_OF_TEXT, END_OF_TURN, END_TOKENS, SPECIAL_TOKENS, segments, user_prompt
from network import Network, NetworkConfig, ternary

# Qwen 2's splitting, but digits one by one, so that small sums can be learnt.
SPLIT_PATTERN: Final = (
    r"(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+"
)
TOKENIZER_DOCUMENTS: Final = 60_000
TOKENIZING_BATCH: Final = 5_000
CONTEXT_TOKEN_WEIGHT: Final = 0.1
ADAM_BETAS: Final = (0.9, 0.95)
WEIGHT_DECAY: Final = 0.05
WEIGHT_DECAY_UNTIL: Final = 0.5
WARM_UP_STEPS: Final = 100
LAST_RATE_SHARE: Final = 0.03
LARGEST_GRADIENT: Final = 1.0
REPORT_STEPS: Final = 100
CHECKPOINT_STEPS: Final = 1_000
ANSWER_TOKENS: Final = 60
PROBES: Final = [
    "What is the capital of France?", "Say hello.", "List three planets", "What is 17 plus 5?",
    "What is artificial intelligence?", "Tell me a story.", "Who are you?", "How do you say water in French?",
]
PROJECTIONS: Final = {
    "self_attn": ("q_proj", "k_proj", "v_proj", "o_proj"),
    "mlp": ("gate_proj", "up_proj", "down_proj"),
}


def build_tokenizer(lines: list[str], vocabulary: int) -> Tokenizer:
    """Learns a byte-level BPE vocabulary from documents."""
    tokenizer = Tokenizer(models.BPE())
    tokenizer.pre_tokenizer = pre_tokenizers.Sequence([
        pre_tokenizers.Split(Regex(SPLIT_PATTERN), "isolated"),
        pre_tokenizers.ByteLevel(add_prefix_space=False, use_regex=False),
    ])
    tokenizer.decoder = decoders.ByteLevel()
    trainer = trainers.BpeTrainer(
        vocab_size=vocabulary, special_tokens=SPECIAL_TOKENS, show_progress=False,
        initial_alphabet=pre_tokenizers.ByteLevel.alphabet())
    texts = ("".join(text for text, _ in segments(json.loads(line))) for line in lines)
    tokenizer.train_from_iterator(texts, trainer)
    return tokenizer


def tokenize(lines: list[str], tokenizer: Tokenizer) -> tuple[NDArray[np.uint16], NDArray[np.bool_]]:
    """The token ids of all documents in a row, and for each whether it is to be learnt."""
    ids, mask = [], []
    for begin in range(0, len(lines), TOKENIZING_BATCH):
        pieces = [piece for line in lines[begin:begin + TOKENIZING_BATCH] for piece in segments(json.loads(line))]
        for encoding, (_, learn) in zip(tokenizer.encode_batch([text for text, _ in pieces]), pieces):
            ids.append(np.array(encoding.ids, np.uint16))
            mask.append(np.full(len(encoding.ids), learn))
    return np.concatenate(ids), np.concatenate(mask)


def read_corpus(corpus: Path, folder: Path, vocabulary: int) -> tuple[Tokenizer, NDArray[Any], NDArray[np.bool_]]:
    """The tokenizer and the tokenized corpus; what `folder` holds already is used as it is."""
    tokenizer_file, cache = folder / "tokenizer.json", folder / "tokens.npz"
    lines = corpus.read_text(encoding="utf-8").splitlines()
    if tokenizer_file.exists():
        tokenizer = Tokenizer.from_file(str(tokenizer_file))
    else:
        tokenizer = build_tokenizer(lines[:TOKENIZER_DOCUMENTS], vocabulary)
        tokenizer.save(str(tokenizer_file))
    if cache.exists():
        arrays = np.load(cache)
        return tokenizer, arrays["ids"], arrays["mask"]
    ids, mask = tokenize(lines, tokenizer)
    np.savez(cache, ids=ids, mask=mask)
    return tokenizer, ids, mask


class Batches:
    """Draws windows of the corpus; each begins with a document, so that no answer lacks its system prompt or tools."""

    def __init__(
            self, ids: NDArray[Any], mask: NDArray[np.bool_], separator: int, arguments: argparse.Namespace) -> None:
        self._ids = torch.from_numpy(ids.astype(np.int64))
        self._mask = torch.from_numpy(mask)
        self._size, self._window = arguments.batch, arguments.seq + 1
        starts = np.flatnonzero(ids == separator) + 1
        self._starts = starts[starts < len(ids) - self._window]
        self._random = np.random.default_rng(arguments.seed)

    def next(self) -> tuple[Tensor, Tensor]:
        """[batch, seq + 1] ids, and [batch, seq] whether the token after each position is to be learnt."""
        starts = torch.from_numpy(self._random.choice(self._starts, self._size))
        indices = starts[:, None] + torch.arange(self._window)
        return self._ids[indices], self._mask[indices][:, 1:]


class Trainer:
    """Trains a network and writes it."""

    def __init__(self, network: Network, tokenizer: Tokenizer, batches: Batches, arguments: argparse.Namespace) -> None:
        self._network = network
        self._tokenizer = tokenizer
        self._batches = batches
        self._arguments = arguments
        self._device = "cuda" if torch.cuda.is_available() else "cpu"
        network.to(self._device)
        self._optimizer = torch.optim.AdamW(
            network.parameters(), lr=arguments.lr, betas=ADAM_BETAS, weight_decay=WEIGHT_DECAY, fused=True)
        self._losses = torch.compile(self._plain_losses)

    def _plain_losses(self, ids: Tensor, learn: Tensor) -> tuple[Tensor, Tensor]:
        """The loss to minimise, in which the context counts a little too, and the loss a learnt token."""
        with torch.autocast(self._device, dtype=torch.bfloat16):
            logits = self._network(ids[:, :-1])
        loss = F.cross_entropy(logits.float().flatten(0, 1), ids[:, 1:].flatten(), reduction="none")
        learnt = learn.flatten()
        weight = torch.where(learnt, 1.0, CONTEXT_TOKEN_WEIGHT)
        return (loss * weight).sum() / weight.sum(), (loss * learnt).sum() / learnt.sum()

    def run(self) -> None:
        """Trains until the time or the steps are used up, with a checkpoint now and then."""
        arguments = self._arguments
        started, step, learnt_sum = time.monotonic(), 0, 0.0
        while True:
            elapsed = time.monotonic() - started
            progress = step / arguments.steps if arguments.steps else elapsed / (arguments.hours * 3600)
            if progress >= 1:
                break
            rate = self._schedule(step, progress)
            learnt_sum += self._step()
            step += 1
            if step % REPORT_STEPS == 0:
                speed = step * arguments.batch * arguments.seq / elapsed
                print(f"{elapsed / 60:6.1f} min step {step} loss {learnt_sum / REPORT_STEPS:.4f} lr {rate:.2e} "
                      f"{speed:,.0f} tok/s", flush=True)
                learnt_sum = 0.0
            if step % CHECKPOINT_STEPS == 0:
                self._checkpoint()
        export(self._network.to("cpu"), self._tokenizer, arguments.out / "model")
        torch.save(self._network.state_dict(), arguments.out / "master.pt")

    def _schedule(self, step: int, progress: float) -> float:
        """Sets and returns the learning rate: a short warm-up, then a cosine down to a small share."""
        cosine = 0.5 * (1 + math.cos(math.pi * progress)) * (1 - LAST_RATE_SHARE) + LAST_RATE_SHARE
        rate = self._arguments.lr * min(1, (step + 1) / WARM_UP_STEPS) * cosine
        for group in self._optimizer.param_groups:
            group["lr"] = rate
            group["weight_decay"] = WEIGHT_DECAY if progress < WEIGHT_DECAY_UNTIL else 0.0
        return rate

    def _step(self) -> float:
        ids, learn = (tensor.to(self._device) for tensor in self._batches.next())
        loss, learnt = self._losses(ids, learn)
        self._optimizer.zero_grad(set_to_none=True)
        loss.backward()
        nn.utils.clip_grad_norm_(self._network.parameters(), LARGEST_GRADIENT)
        self._optimizer.step()
        return learnt.item()

    def _checkpoint(self) -> None:
        network = self._network.eval().to("cpu")
        for question in PROBES:
            text = answer(network, self._tokenizer, user_prompt(question)).replace("\n", " / ")
            print("   ", question, "->", text, flush=True)
        export(network, self._tokenizer, self._arguments.out / "model")
        network.to(self._device).train()


@torch.no_grad()
def answer(network: Network, tokenizer: Tokenizer, prompt: str) -> str:
    """The greedy answer to a prompt."""
    ids = tokenizer.encode(prompt).ids
    prompt_length = len(ids)
    end = {tokenizer.token_to_id(token) for token in END_TOKENS}
    for _ in range(ANSWER_TOKENS):
        best = int(network(torch.tensor([ids]))[0, -1].argmax())
        if best in end:
            break
        ids.append(best)
    return tokenizer.decode(ids[prompt_length:], skip_special_tokens=False)


def pack(values: Tensor) -> Tensor:
    """[rows, columns] of -1, 0, +1 to [rows / 4, columns] bytes; bits 2i of r hold row i * (rows / 4) + r, plus 1."""
    quarter = values.shape[0] // 4
    codes = (values + 1).to(torch.uint8)
    return (codes[:quarter] | codes[quarter:2 * quarter] << 2 | codes[2 * quarter:3 * quarter] << 4
            | codes[3 * quarter:] << 6).contiguous()


def packed_tensors(network: Network) -> dict[str, Tensor]:
    """The network's tensors under the names and in the types of microsoft/bitnet-b1.58-2B-4T."""
    def bfloat16(tensor: Tensor) -> Tensor:
        return tensor.detach().to(torch.bfloat16).contiguous()

    tensors = {
        "model.embed_tokens.weight": bfloat16(network.embed_tokens.weight),
        "model.norm.weight": bfloat16(network.norm.weight),
    }
    for index, layer in enumerate(network.layers):
        prefix = f"model.layers.{index}."
        tensors[prefix + "input_layernorm.weight"] = bfloat16(layer.input_layernorm.weight)
        tensors[prefix + "post_attention_layernorm.weight"] = bfloat16(layer.post_attention_layernorm.weight)
        tensors[prefix + "self_attn.attn_sub_norm.weight"] = bfloat16(layer.attn_sub_norm.weight)
        tensors[prefix + "mlp.ffn_sub_norm.weight"] = bfloat16(layer.ffn_sub_norm.weight)
        for part, names in PROJECTIONS.items():
            for name in names:
                values, scale = ternary(getattr(layer, name).weight.detach())
                tensors[f"{prefix}{part}.{name}.weight"] = pack(values)
                tensors[f"{prefix}{part}.{name}.weight_scale"] = scale.reshape(1).to(torch.bfloat16)
    return tensors


def export(network: Network, tokenizer: Tokenizer, folder: Path) -> None:
    """Writes the model in Hugging Face layout."""
    folder.mkdir(parents=True, exist_ok=True)
    config = network.config
    end_of_text, end_of_turn = tokenizer.token_to_id(END_OF_TEXT), tokenizer.token_to_id(END_OF_TURN)
    save_file(packed_tensors(network), folder / "model.safetensors", metadata={"format": "pt"})
    tokenizer.save(str(folder / "tokenizer.json"))
    write_json(folder / "config.json", {
        "architectures": ["BitNetForCausalLM"], "model_type": "bitnet", "hidden_size": config.hidden,
        "intermediate_size": config.ffn, "num_hidden_layers": config.layers, "num_attention_heads": config.heads,
        "num_key_value_heads": config.kv_heads, "vocab_size": config.vocabulary,
        "max_position_embeddings": config.context, "rope_theta": config.theta, "rms_norm_eps": config.epsilon,
        "hidden_act": "relu2", "tie_word_embeddings": True, "bos_token_id": end_of_text, "eos_token_id": end_of_turn,
        "torch_dtype": "bfloat16",
        "quantization_config": {
            "quant_method": "bitnet", "linear_class": "autobitlinear", "quantization_mode": "offline"},
    })
    write_json(folder / "generation_config.json", {
        "bos_token_id": end_of_text, "eos_token_id": [end_of_turn, end_of_text], "do_sample": True,
        "temperature": 0.6, "top_p": 0.9,
    })
    write_json(folder / "tokenizer_config.json", {
        "tokenizer_class": "PreTrainedTokenizerFast", "bos_token": None, "eos_token": END_OF_TURN,
        "add_bos_token": False, "model_max_length": config.context, "chat_template": CHAT_TEMPLATE,
    })


def write_json(file: Path, value: dict[str, Any]) -> None:
    """Writes indented JSON."""
    file.write_text(json.dumps(value, indent=2), encoding="utf-8")


def parse_arguments() -> argparse.Namespace:
    """Reads the command line."""
    parser = argparse.ArgumentParser(
        description="Trains Trine's demo model.", formatter_class=argparse.ArgumentDefaultsHelpFormatter)
    parser.add_argument("corpus", type=Path, help="text made by corpus.py")
    parser.add_argument("out", type=Path, help="folder to write to")
    parser.add_argument("--hours", type=float, default=1.0, help="how long to train")
    parser.add_argument("--steps", type=int, help="train for so many steps instead, which does not hang on the machine")
    parser.add_argument("--init", type=Path, help="master weights to go on from")
    parser.add_argument("--lr", type=float, default=3e-3, help="highest learning rate")
    parser.add_argument("--batch", type=int, default=32, help="windows a step")
    parser.add_argument("--seq", type=int, default=256, help="tokens a window")
    parser.add_argument("--seed", type=int, default=7, help="start of the random numbers")
    parser.add_argument("--vocab", type=int, default=4096, help="number of tokens in the vocabulary")
    parser.add_argument("--hidden", type=int, default=256, help="width of the residual stream")
    parser.add_argument("--ffn", type=int, default=1024, help="width of the feed-forward network")
    parser.add_argument("--layers", type=int, default=6, help="number of layers")
    parser.add_argument("--heads", type=int, default=4, help="number of attention heads")
    parser.add_argument("--kv", type=int, default=2, help="number of key and value heads")
    parser.add_argument("--context", type=int, default=2048, help="largest number of tokens in a context")
    parser.add_argument("--theta", type=float, default=10000.0, help="base of the rotary frequencies")
    parser.add_argument("--eps", type=float, default=1e-5, help="epsilon of the norms")
    return parser.parse_args()


def main() -> None:
    """Reads the corpus, trains and writes the model."""
    arguments = parse_arguments()
    torch.manual_seed(arguments.seed)
    arguments.out.mkdir(parents=True, exist_ok=True)
    tokenizer, ids, mask = read_corpus(arguments.corpus, arguments.out, arguments.vocab)
    network = Network(NetworkConfig(
        vocabulary=arguments.vocab, hidden=arguments.hidden, ffn=arguments.ffn, layers=arguments.layers,
        heads=arguments.heads, kv_heads=arguments.kv, context=arguments.context, theta=arguments.theta,
        epsilon=arguments.eps))
    if arguments.init:
        network.load_state_dict(torch.load(arguments.init))
    weights = sum(parameter.numel() for parameter in network.parameters())
    print(f"{weights:,} weights, {len(ids):,} tokens, {mask.mean():.2f} learnt", flush=True)
    Trainer(network, tokenizer, Batches(ids, mask, tokenizer.token_to_id(END_OF_TEXT), arguments), arguments).run()


if __name__ == "__main__":
    main()
