"""The network as it is trained: a BitNet b1.58 transformer with float master weights.

Weights are rounded to {-1, 0, +1} x mean|W| and activations to int8 with one absmax scale a token, both in the forward
pass only; gradients pass straight through (Ma et al. 2024, "The Era of 1-bit LLMs"; the BitNet b1.58 2B4T report,
2025).
"""
from dataclasses import dataclass
from typing import Final

import torch
import torch.nn.functional as F
from torch import Tensor, nn

SMALLEST_SCALE: Final = 1e-5
EMBEDDING_DEVIATION: Final = 0.02


@dataclass(frozen=True)
class NetworkConfig:
    """The sizes of a network."""

    vocabulary: int
    hidden: int
    ffn: int
    layers: int
    heads: int
    kv_heads: int
    context: int
    theta: float
    epsilon: float

    @property
    def head_dim(self) -> int:
        """Width of one attention head."""
        return self.hidden // self.heads


def ternary(weight: Tensor) -> tuple[Tensor, Tensor]:
    """A matrix as int8 values -1, 0, +1, and its scale, the mean absolute weight."""
    scale = weight.float().abs().mean().clamp(min=SMALLEST_SCALE)
    return (weight.float() / scale).round().clamp(-1, 1).to(torch.int8), scale


class BitLinear(nn.Linear):
    """A linear layer that rounds weights and activations on the way forward."""

    def __init__(self, inputs: int, outputs: int) -> None:
        super().__init__(inputs, outputs, bias=False)

    def forward(self, x: Tensor) -> Tensor:
        """[..., inputs] to [..., outputs]."""
        weight = self.weight
        scale = weight.abs().mean().clamp(min=SMALLEST_SCALE)
        rounded_weight = weight + ((weight / scale).round().clamp(-1, 1) * scale - weight).detach()
        factor = 127.0 / x.abs().amax(-1, keepdim=True).clamp(min=SMALLEST_SCALE)
        rounded_x = x + ((x * factor).round().clamp(-128, 127) / factor - x).detach()
        return F.linear(rounded_x, rounded_weight)


class RMSNorm(nn.Module):
    """Root mean square normalisation, computed in float32."""

    def __init__(self, width: int, epsilon: float) -> None:
        super().__init__()
        self.weight = nn.Parameter(torch.ones(width))
        self.epsilon = epsilon

    def forward(self, x: Tensor) -> Tensor:
        """Same shape and type as `x`."""
        y = x.float()
        return (y * torch.rsqrt(y.pow(2).mean(-1, keepdim=True) + self.epsilon) * self.weight).to(x.dtype)


class Block(nn.Module):
    """One layer: grouped-query attention, then a gated feed-forward network with squared ReLU; both with sub-norms."""

    def __init__(self, config: NetworkConfig) -> None:
        super().__init__()
        self.config = config
        queries, keys = config.heads * config.head_dim, config.kv_heads * config.head_dim
        self.input_layernorm = RMSNorm(config.hidden, config.epsilon)
        self.post_attention_layernorm = RMSNorm(config.hidden, config.epsilon)
        self.q_proj = BitLinear(config.hidden, queries)
        self.k_proj = BitLinear(config.hidden, keys)
        self.v_proj = BitLinear(config.hidden, keys)
        self.o_proj = BitLinear(queries, config.hidden)
        self.attn_sub_norm = RMSNorm(queries, config.epsilon)
        self.ffn_sub_norm = RMSNorm(config.ffn, config.epsilon)
        self.gate_proj = BitLinear(config.hidden, config.ffn)
        self.up_proj = BitLinear(config.hidden, config.ffn)
        self.down_proj = BitLinear(config.ffn, config.hidden)

    def forward(self, x: Tensor, cos: Tensor, sin: Tensor) -> Tensor:
        """[batch, tokens, hidden] to the same; `cos` and `sin` are [tokens, head_dim]."""
        x = x + self.o_proj(self.attn_sub_norm(self._attend(self.input_layernorm(x), cos, sin)))
        y = self.post_attention_layernorm(x)
        return x + self.down_proj(self.ffn_sub_norm(F.relu(self.gate_proj(y)).square() * self.up_proj(y)))

    def _attend(self, x: Tensor, cos: Tensor, sin: Tensor) -> Tensor:
        batch, tokens, _ = x.shape
        head_dim, group = self.config.head_dim, self.config.heads // self.config.kv_heads

        def heads(projected: Tensor, count: int) -> Tensor:
            return projected.view(batch, tokens, count, head_dim).transpose(1, 2)

        def rotated(z: Tensor) -> Tensor:
            return z * cos + torch.cat((-z[..., head_dim // 2:], z[..., : head_dim // 2]), -1) * sin

        queries = heads(self.q_proj(x), self.config.heads)
        keys = heads(self.k_proj(x), self.config.kv_heads)
        values = heads(self.v_proj(x), self.config.kv_heads)
        mixed = F.scaled_dot_product_attention(
            rotated(queries), rotated(keys).repeat_interleave(group, 1), values.repeat_interleave(group, 1),
            is_causal=True)
        return mixed.transpose(1, 2).reshape(batch, tokens, -1)


class Network(nn.Module):
    """The whole transformer, with its embedding as output layer too."""

    def __init__(self, config: NetworkConfig) -> None:
        super().__init__()
        self.config = config
        self.embed_tokens = nn.Embedding(config.vocabulary, config.hidden)
        self.layers = nn.ModuleList(Block(config) for _ in range(config.layers))
        self.norm = RMSNorm(config.hidden, config.epsilon)
        nn.init.normal_(self.embed_tokens.weight, std=EMBEDDING_DEVIATION)
        inverse_frequency = 1.0 / config.theta ** (torch.arange(0, config.head_dim, 2).float() / config.head_dim)
        angles = torch.outer(torch.arange(config.context).float(), inverse_frequency)
        self.register_buffer("cos", torch.cat((angles, angles), -1).cos(), persistent=False)
        self.register_buffer("sin", torch.cat((angles, angles), -1).sin(), persistent=False)

    def forward(self, ids: Tensor) -> Tensor:
        """[batch, tokens] ids to [batch, tokens, vocabulary] logits."""
        x = self.embed_tokens(ids)
        tokens = ids.shape[1]
        cos, sin = self.cos[:tokens].to(x.dtype), self.sin[:tokens].to(x.dtype)
        for layer in self.layers:
            x = layer(x, cos, sin)
        return F.linear(self.norm(x), self.embed_tokens.weight)
