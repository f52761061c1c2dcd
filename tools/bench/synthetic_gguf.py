"""Writes a GGUF file of the shape of BitNet b1.58 2B-4T with random weights, to measure speed with.

Ternary layers are TQ2_0 with one scale, the embedding (which is also the head) is Q8_0, and the vocabulary is a byte-level BPE
one of the right size. Usage: python3 synthetic_gguf.py OUT.gguf [--layers 30] [--seed 1]
"""
import argparse
import struct
from dataclasses import dataclass

import numpy as np

MODEL_DIM, HEADS, KV_HEADS, FFN_DIM, VOCABULARY, CONTEXT = 2560, 20, 5, 6912, 128256, 4096
HEAD_DIM = MODEL_DIM // HEADS
FIRST_CONTROL_TOKEN = 128000
ALIGNMENT = 32

# GGUF value types and tensor types; a block of a tensor type holds so many weights in so many bytes.
UINT32, FLOAT32, STRING, ARRAY, INT32 = 4, 6, 8, 9, 5
F32, Q8_0, TQ2_0 = 0, 8, 35
BLOCKS = {F32: (1, 4), Q8_0: (32, 34), TQ2_0: (256, 66)}


@dataclass
class Tensor:
    """A tensor to be written; dimensions are fastest first, as GGUF has them."""

    name: str
    dimensions: tuple[int, ...]
    type: int

    def count(self) -> int:
        return int(np.prod(self.dimensions))

    def size(self) -> int:
        elements, size = BLOCKS[self.type]
        return self.count() // elements * size


def tensors(layers: int) -> list[Tensor]:
    """All tensors of the model, in the order of the file."""
    result = [
        Tensor("token_embd.weight", (MODEL_DIM, VOCABULARY), Q8_0),
        Tensor("output_norm.weight", (MODEL_DIM,), F32),
    ]
    kv_dim = KV_HEADS * HEAD_DIM
    for layer in range(layers):
        parts = {
            "attn_norm": ((MODEL_DIM,), F32),
            "attn_q": ((MODEL_DIM, MODEL_DIM), TQ2_0),
            "attn_k": ((MODEL_DIM, kv_dim), TQ2_0),
            "attn_v": ((MODEL_DIM, kv_dim), TQ2_0),
            "attn_sub_norm": ((MODEL_DIM,), F32),
            "attn_output": ((MODEL_DIM, MODEL_DIM), TQ2_0),
            "ffn_norm": ((MODEL_DIM,), F32),
            "ffn_gate": ((MODEL_DIM, FFN_DIM), TQ2_0),
            "ffn_up": ((MODEL_DIM, FFN_DIM), TQ2_0),
            "ffn_sub_norm": ((FFN_DIM,), F32),
            "ffn_down": ((FFN_DIM, MODEL_DIM), TQ2_0),
        }
        result += [Tensor(f"blk.{layer}.{name}.weight", *part) for name, part in parts.items()]
    return result


def weights(tensor: Tensor, random: np.random.Generator) -> bytes:
    """Random weights of a size that keeps activations finite."""
    if tensor.type == F32:
        return np.ones(tensor.count(), np.float32).tobytes()
    elements, size = BLOCKS[tensor.type]
    blocks = random.integers(0, 256, size=(tensor.count() // elements, size), dtype=np.uint8)
    if tensor.type == Q8_0:
        blocks[:, :2] = np.frombuffer(np.float16(0.0003).tobytes(), np.uint8)
    else:
        digits = random.integers(0, 81, size=(len(blocks), size - 2), dtype=np.uint8)
        blocks[:, :-2] = digits % 3 | digits // 3 % 3 << 2 | digits // 9 % 3 << 4 | digits // 27 % 3 << 6
        blocks[:, -2:] = np.frombuffer(np.float16(0.02).tobytes(), np.uint8)
    return blocks.tobytes()


def string(text: str) -> bytes:
    """A string as GGUF writes it."""
    data = text.encode()
    return struct.pack("<Q", len(data)) + data


def byte_alphabet() -> list[str]:
    """The characters by which byte-level BPE writes the 256 bytes."""
    printable = [*range(33, 127), *range(161, 173), *range(174, 256)]
    others = [byte for byte in range(256) if byte not in printable]
    return [chr(byte) for byte in printable] + [chr(256 + i) for i in range(len(others))]


def vocabulary() -> tuple[list[str], list[int]]:
    """Tokens and their types: 1 normal, 3 control."""
    tokens = byte_alphabet()
    tokens += [f"t{i}" for i in range(len(tokens), FIRST_CONTROL_TOKEN)]
    control = ["<|begin_of_text|>", "<|end_of_text|>"]
    control += [f"<|reserved_{i}|>" for i in range(VOCABULARY - FIRST_CONTROL_TOKEN - len(control))]
    # The one merge below makes this token.
    tokens[300] = "ab"
    return tokens + control, [1] * FIRST_CONTROL_TOKEN + [3] * len(control)


def metadata(layers: int) -> list[bytes]:
    """All key-value pairs."""
    arch = "bitnet"
    tokens, types = vocabulary()
    numbers = {
        f"{arch}.context_length": CONTEXT,
        f"{arch}.embedding_length": MODEL_DIM,
        f"{arch}.block_count": layers,
        f"{arch}.feed_forward_length": FFN_DIM,
        f"{arch}.attention.head_count": HEADS,
        f"{arch}.attention.head_count_kv": KV_HEADS,
        f"{arch}.rope.dimension_count": HEAD_DIM,
        f"{arch}.vocab_size": VOCABULARY,
        "tokenizer.ggml.bos_token_id": FIRST_CONTROL_TOKEN,
        "tokenizer.ggml.eos_token_id": FIRST_CONTROL_TOKEN + 1,
    }
    floats = {f"{arch}.attention.layer_norm_rms_epsilon": 1e-5, f"{arch}.rope.freq_base": 500000.0}
    texts = {
        "general.architecture": arch,
        "general.name": "synthetic-bitnet-2b-4t",
        f"{arch}.hidden_act": "relu2",
        "tokenizer.ggml.model": "gpt2",
        "tokenizer.ggml.pre": "llama-bpe",
    }
    arrays = {
        "tokenizer.ggml.tokens": (STRING, [string(token) for token in tokens]),
        "tokenizer.ggml.token_type": (INT32, [struct.pack("<i", kind) for kind in types]),
        "tokenizer.ggml.merges": (STRING, [string("a b")]),
    }
    pairs = [string(key) + struct.pack("<I", STRING) + string(value) for key, value in texts.items()]
    pairs += [string(key) + struct.pack("<II", UINT32, value) for key, value in numbers.items()]
    pairs += [string(key) + struct.pack("<If", FLOAT32, value) for key, value in floats.items()]
    pairs += [
        string(key) + struct.pack("<IIQ", ARRAY, kind, len(items)) + b"".join(items)
        for key, (kind, items) in arrays.items()
    ]
    return pairs


def aligned(size: int) -> int:
    """The next multiple of the alignment."""
    return (size + ALIGNMENT - 1) // ALIGNMENT * ALIGNMENT


def write(path: str, layers: int, seed: int) -> None:
    """Writes the file."""
    random = np.random.default_rng(seed)
    all_tensors = tensors(layers)
    pairs = metadata(layers)
    with open(path, "wb") as file:
        file.write(b"GGUF" + struct.pack("<IQQ", 3, len(all_tensors), len(pairs)) + b"".join(pairs))
        offset = 0
        for tensor in all_tensors:
            dimensions = struct.pack(f"<{len(tensor.dimensions)}Q", *tensor.dimensions)
            file.write(string(tensor.name) + struct.pack("<I", len(tensor.dimensions)) + dimensions)
            file.write(struct.pack("<IQ", tensor.type, offset))
            offset += aligned(tensor.size())
        for tensor in all_tensors:
            file.write(b"\0" * (aligned(file.tell()) - file.tell()))
            file.write(weights(tensor, random))


def main() -> None:
    parser = argparse.ArgumentParser(description="Write a random model of the shape of BitNet b1.58 2B-4T (0.9 GB).")
    parser.add_argument("out", metavar="OUT.gguf")
    parser.add_argument("--layers", type=int, default=30, help="fewer make a smaller file; default %(default)s")
    parser.add_argument("--seed", type=int, default=1, help="default %(default)s")
    arguments = parser.parse_args()
    write(arguments.out, arguments.layers, arguments.seed)


if __name__ == "__main__":
    main()
