"""A BitNet b1.58 transformer in NumPy, written to be read: the reference for the demo model's golden answers.

Ternary weights with one scale a matrix and int8 activations with one scale a token (Ma et al. 2024, "The Era of 1-bit
LLMs"); squared ReLU and sub-norms as in microsoft/bitnet-b1.58-2B-4T. Dot products of a linear layer are exact
integers; the rest is float32, with sums in float64.
"""
import json
import struct
from pathlib import Path
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

Float = NDArray[np.float32]
Ternary = tuple[NDArray[np.int8], float]

SMALLEST_ABSMAX: Final = np.float32(1e-5)
LINEAR_LAYERS: Final = {
    "q": "self_attn.q_proj", "k": "self_attn.k_proj", "v": "self_attn.v_proj", "o": "self_attn.o_proj",
    "gate": "mlp.gate_proj", "up": "mlp.up_proj", "down": "mlp.down_proj",
}
NORMS: Final = {
    "attention_norm": "input_layernorm", "attention_sub_norm": "self_attn.attn_sub_norm",
    "ffn_norm": "post_attention_layernorm", "ffn_sub_norm": "mlp.ffn_sub_norm",
}


def read_safetensors(path: Path) -> dict[str, NDArray[Any]]:
    """The BF16 tensors of a file as float32 and its U8 tensors as they are."""
    raw = path.read_bytes()
    header_length = struct.unpack("<Q", raw[:8])[0]
    data = raw[8 + header_length:]
    tensors: dict[str, NDArray[Any]] = {}
    for name, entry in json.loads(raw[8:8 + header_length]).items():
        if name == "__metadata__":
            continue
        begin, end = entry["data_offsets"]
        if entry["dtype"] == "BF16":
            bits = np.frombuffer(data[begin:end], "<u2").astype(np.uint32) << 16
            tensors[name] = bits.view(np.float32).reshape(entry["shape"])
        elif entry["dtype"] == "U8":
            tensors[name] = np.frombuffer(data[begin:end], np.uint8).reshape(entry["shape"])
        else:
            raise ValueError(f"{path}: tensor {name} is {entry['dtype']}, expected BF16 or U8")
    return tensors


def unpack_ternary(packed: NDArray[np.uint8]) -> NDArray[np.int8]:
    """[rows / 4, columns] bytes to [rows, columns] values; bits 2i of row r hold row i * (rows / 4) + r, plus one."""
    return np.concatenate([(packed >> shift) & 3 for shift in (0, 2, 4, 6)], 0).astype(np.int8) - 1


def rms_norm(x: Float, weight: Float, epsilon: float) -> Float:
    """RMSNorm with the mean square in float64."""
    mean_square = np.mean(x.astype(np.float64) ** 2, -1, keepdims=True).astype(np.float32)
    inverse = (np.float32(1.0) / np.sqrt(mean_square + np.float32(epsilon))).astype(np.float32)
    return ((x * inverse) * weight).astype(np.float32)


def quantise_activations(x: Float) -> tuple[NDArray[np.int32], Float]:
    """Absmax int8 of each token, rounded half to even, and the factors that were applied."""
    absmax = np.maximum(np.abs(x).max(-1, keepdims=True), SMALLEST_ABSMAX).astype(np.float32)
    scale = (np.float32(127.0) / absmax).astype(np.float32)
    return np.clip(np.rint((x * scale).astype(np.float32)), -128, 127).astype(np.int32), scale


def bit_linear(x: Float, layer: Ternary) -> Float:
    """[tokens, in] to [tokens, out], with exact integer dot products."""
    weight, weight_scale = layer
    quantised, scale = quantise_activations(x)
    dots = quantised @ weight.T.astype(np.int32)
    return (dots.astype(np.float32) * (np.float32(weight_scale) / scale)).astype(np.float32)


def rotary_tables(positions: NDArray[np.int64], head_dim: int, theta: float) -> tuple[Float, Float]:
    """Cosines and sines, each [tokens, head_dim / 2]."""
    inverse_frequency = 1.0 / (theta ** (np.arange(0, head_dim, 2, dtype=np.float64) / head_dim))
    angles = positions[:, None].astype(np.float64) * inverse_frequency[None]
    return np.cos(angles).astype(np.float32), np.sin(angles).astype(np.float32)


def rotate(x: Float, cos: Float, sin: Float) -> Float:
    """Rotates the pairs (j, j + head_dim / 2) of [tokens, heads, head_dim]."""
    half = x.shape[-1] // 2
    first, second, c, s = x[..., :half], x[..., half:], cos[:, None], sin[:, None]
    return np.concatenate([first * c - second * s, second * c + first * s], -1).astype(np.float32)


def attention(queries: Float, keys: Float, values: Float, past: int) -> Float:
    """Causal grouped-query attention.

    `queries` are [tokens, heads, head_dim], `keys` and `values` [past + tokens, kv_heads, head_dim]; the result is
    [tokens, heads * head_dim].
    """
    tokens, heads, head_dim = queries.shape
    length, kv_heads, _ = keys.shape
    future = np.arange(length)[None] > (past + np.arange(tokens))[:, None]
    result = np.zeros((tokens, heads, head_dim), np.float32)
    for head in range(heads):
        kv_head = head // (heads // kv_heads)
        scores = (queries[:, head].astype(np.float64) @ keys[:, kv_head].T.astype(np.float64)).astype(np.float32)
        scores = np.where(future, np.float32(-np.inf), scores * np.float32(1.0 / np.sqrt(np.float64(head_dim))))
        weights = np.exp((scores - scores.max(-1, keepdims=True)).astype(np.float64))
        weights = (weights / weights.sum(-1, keepdims=True)).astype(np.float32)
        result[:, head] = (weights.astype(np.float64) @ values[:, kv_head].astype(np.float64)).astype(np.float32)
    return result.reshape(tokens, heads * head_dim)


def squared_relu(x: Float) -> Float:
    """max(x, 0) squared."""
    positive = np.maximum(x, np.float32(0))
    return (positive * positive).astype(np.float32)


class Weights:
    """The weights of a model folder in Hugging Face layout; shared by any number of `Session`s."""

    def __init__(self, folder: Path) -> None:
        config = json.loads((folder / "config.json").read_text(encoding="utf-8"))
        tensors = read_safetensors(folder / "model.safetensors")
        self.layer_count: int = config["num_hidden_layers"]
        self.head_count: int = config["num_attention_heads"]
        self.kv_head_count: int = config["num_key_value_heads"]
        self.head_dim: int = config["hidden_size"] // self.head_count
        self.theta: float = config["rope_theta"]
        self.epsilon: float = config["rms_norm_eps"]
        self.embedding: Float = tensors["model.embed_tokens.weight"]
        self.final_norm: Float = tensors["model.norm.weight"]
        self.norms: list[dict[str, Float]] = []
        self.linear: list[dict[str, Ternary]] = []
        for layer in range(self.layer_count):
            prefix = f"model.layers.{layer}."
            self.norms.append({name: tensors[f"{prefix}{tensor}.weight"] for name, tensor in NORMS.items()})
            self.linear.append({
                name: (unpack_ternary(tensors[f"{prefix}{tensor}.weight"]),
                       float(tensors[f"{prefix}{tensor}.weight_scale"][0]))
                for name, tensor in LINEAR_LAYERS.items()
            })


class Session:
    """One text in progress, with its KV cache."""

    def __init__(self, weights: Weights) -> None:
        self._weights = weights
        empty = np.zeros((0, weights.kv_head_count, weights.head_dim), np.float32)
        self._keys = [empty] * weights.layer_count
        self._values = [empty] * weights.layer_count

    def step(self, ids: list[int]) -> Float:
        """Appends tokens and returns the logits after the last of them."""
        weights = self._weights
        past = len(self._keys[0])
        cos, sin = rotary_tables(past + np.arange(len(ids)), weights.head_dim, weights.theta)
        x = weights.embedding[np.asarray(ids)].astype(np.float32)
        for layer in range(weights.layer_count):
            x = x + self._attend(layer, x, cos, sin, past)
            x = x + self._feed_forward(layer, x)
        x = rms_norm(x, weights.final_norm, weights.epsilon)
        return (x.astype(np.float64) @ weights.embedding.T.astype(np.float64)).astype(np.float32)[-1]

    def _attend(self, layer: int, x: Float, cos: Float, sin: Float, past: int) -> Float:
        weights, norms, linear = self._weights, self._weights.norms[layer], self._weights.linear[layer]
        tokens = len(x)
        normed = rms_norm(x, norms["attention_norm"], weights.epsilon)
        queries = bit_linear(normed, linear["q"]).reshape(tokens, weights.head_count, weights.head_dim)
        keys = bit_linear(normed, linear["k"]).reshape(tokens, weights.kv_head_count, weights.head_dim)
        values = bit_linear(normed, linear["v"]).reshape(tokens, weights.kv_head_count, weights.head_dim)
        self._keys[layer] = np.concatenate([self._keys[layer], rotate(keys, cos, sin)])
        self._values[layer] = np.concatenate([self._values[layer], values])
        mixed = attention(rotate(queries, cos, sin), self._keys[layer], self._values[layer], past)
        return bit_linear(rms_norm(mixed, norms["attention_sub_norm"], weights.epsilon), linear["o"])

    def _feed_forward(self, layer: int, x: Float) -> Float:
        weights, norms, linear = self._weights, self._weights.norms[layer], self._weights.linear[layer]
        normed = rms_norm(x, norms["ffn_norm"], weights.epsilon)
        gate = squared_relu(bit_linear(normed, linear["gate"]))
        hidden = (gate * bit_linear(normed, linear["up"])).astype(np.float32)
        return bit_linear(rms_norm(hidden, norms["ffn_sub_norm"], weights.epsilon), linear["down"])


def greedy(weights: Weights, ids: list[int], end: set[int], limit: int) -> tuple[list[int], list[float]]:
    """The most likely continuation, end token included, and at each step how far the best logit was above the next."""
    session = Session(weights)
    logits = session.step(ids)
    generated: list[int] = []
    margins: list[float] = []
    while True:
        second, first = np.sort(logits)[-2:]
        margins.append(float(first - second))
        generated.append(int(np.argmax(logits)))
        if generated[-1] in end or len(generated) == limit:
            return generated, margins
        logits = session.step(generated[-1:])
