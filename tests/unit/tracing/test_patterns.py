"""Steps that together are one layer become that layer, and only where it does exactly the same."""

from __future__ import annotations

from collections import Counter

import pytest
import torch
import torch.nn.functional as F
from support.tracing import round_trip
from torch import nn

import patholearn_lab as lab

IMAGES = torch.randn(2, 3, 8, 8, generator=torch.Generator().manual_seed(0))
FEATURES, HEADS, STEPS = 12, 3, 64


class Attention(nn.Module):
    """Attention as timm writes it, with query, key and value from one Linear."""

    def __init__(self, how: str = "fused", bias: bool = True, scale: float = (FEATURES // HEADS) ** -0.5) -> None:
        super().__init__()
        self.how, self.scale = how, scale
        self.qkv = nn.Linear(FEATURES, 3 * FEATURES, bias=bias)
        self.norm = nn.Identity()
        self.drop = nn.Dropout(0.0)
        self.proj = nn.Linear(FEATURES, FEATURES)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        n, steps, features = x.shape
        qkv = self.qkv(x).reshape(n, steps, 3, HEADS, features // HEADS).permute(2, 0, 3, 1, 4)
        q, k, v = qkv.unbind(0) if self.how != "indexed" else (qkv[0], qkv[1], qkv[2])
        if self.how == "written":
            shares = (q * self.scale) @ k.transpose(-2, -1)
            x = self.drop(shares.softmax(dim=-1)) @ v
        elif self.how == "scaled":
            x = F.scaled_dot_product_attention(q, k, v, scale=0.3)
        else:
            x = F.scaled_dot_product_attention(self.norm(q), k, v)
        return self.proj(x.transpose(1, 2).reshape(n, steps, features))


class Seeing(nn.Module):
    """A small vision transformer around one attention."""

    def __init__(self, attention: nn.Module) -> None:
        super().__init__()
        self.stem = nn.Conv2d(3, FEATURES, 1)
        self.token = nn.Parameter(torch.randn(1, 1, FEATURES))
        self.places = nn.Parameter(torch.randn(1, STEPS + 1, FEATURES))
        self.attention = attention
        self.head = nn.Linear(FEATURES, 3)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        x = self.stem(x).flatten(2).transpose(1, 2)
        x = torch.cat([self.token.expand(x.shape[0], -1, -1), x], dim=1) + self.places
        x = self.attention(x, x, x)[0] if isinstance(self.attention, nn.MultiheadAttention) else self.attention(x)
        return self.head(x[:, 0])


def kinds(module: nn.Module) -> Counter[str]:
    assert round_trip("case", module, IMAGES).equal
    return Counter(node.kind for node in lab.Architecture.from_module(module, IMAGES).document.nodes.values())


@pytest.mark.parametrize("how", ["fused", "indexed", "written"])
def test_attention_that_is_written_out_is_the_node_and_no_code_is_left(how: str) -> None:
    found = kinds(Seeing(Attention(how)))
    assert found["multihead_attention"] == 1
    assert found["code"] == 0
    assert found["class_token"] == found["position_embedding"] == found["image_to_sequence"] == 1
    assert found["sequence_pool"] == 1


class Textbook(nn.Module):
    """Attention as textbooks write it: a Linear each for query, key and value; `second` is what is asked instead."""

    def __init__(self, inner: int = FEATURES, second: bool = False, bias: bool = True) -> None:
        super().__init__()
        self.second = second
        self.query, self.key, self.value = (nn.Linear(FEATURES, inner, bias=bias) for _ in range(3))
        self.out = nn.Linear(inner, FEATURES, bias=bias)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        asked = x * 2 if self.second else x
        parts = []
        for layer, given in ((self.query, x), (self.key, asked), (self.value, asked)):
            parts.append(layer(given).view(x.shape[0], -1, HEADS, self.out.in_features // HEADS).transpose(1, 2))
        q, k, v = parts
        shares = F.softmax(q @ k.transpose(-2, -1) / (self.out.in_features // HEADS) ** 0.5, dim=-1)
        return self.out((shares @ v).transpose(1, 2).contiguous().view(x.shape[0], -1, self.out.in_features))


@pytest.mark.parametrize(
    ("attention", "kind"),
    [
        (Textbook(), "multihead_attention"),
        (Textbook(bias=False), "multihead_attention"),
        (Textbook(second=True), "cross_attention"),
    ],
    ids=["itself", "without bias", "another sequence"],
)
def test_three_linears_become_the_one_table_of_the_node(attention: nn.Module, kind: str) -> None:
    found = kinds(Seeing(attention))
    assert found[kind] == 1
    assert found["linear"] == 1


def test_attention_that_is_wider_inside_stays_linears_and_code() -> None:
    found = kinds(Seeing(Textbook(inner=24)))
    assert found["multihead_attention"] == 0
    assert found["linear"] == 5


@pytest.mark.parametrize(
    "attention",
    [Attention("scaled"), Attention("written", scale=0.1), Attention(bias=False)],
    ids=["scaled", "another scale", "half a bias"],
)
def test_attention_that_is_anything_else_stays_code(attention: nn.Module) -> None:
    found = kinds(Seeing(attention))
    assert found["multihead_attention"] == 0
    assert found["code"] >= 1


@pytest.mark.parametrize("settings", [{}, {"bias": False}, {"dropout": 0.2}])
def test_torchs_own_attention_is_a_node_with_its_settings(settings: dict[str, float]) -> None:
    module = Seeing(nn.MultiheadAttention(FEATURES, HEADS, batch_first=True, **settings))  # type: ignore[arg-type]
    assert kinds(module)["multihead_attention"] == 1


def test_attention_whose_weights_somebody_reads_stays_as_it_is() -> None:
    class Reading(Seeing):
        def forward(self, x: torch.Tensor) -> torch.Tensor:
            x = self.stem(x).flatten(2).transpose(1, 2)
            x, shares = self.attention(x, x, x)
            return self.head((x * shares.mean(-1, keepdim=True)).mean(1))

    found = kinds(Reading(nn.MultiheadAttention(FEATURES, HEADS, batch_first=True)))
    assert found["multihead_attention"] == 0


class Functions(nn.Module):
    """Layers as functions that are given their weights."""

    def __init__(self) -> None:
        super().__init__()
        self.conv = nn.Conv2d(3, 6, 3, stride=2, groups=3)
        self.norm = nn.BatchNorm2d(6)
        self.places = nn.GroupNorm(2, 6)
        self.last = nn.LayerNorm(6, eps=1e-3)
        self.head = nn.Linear(6, 2, bias=False)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        x = F.conv2d(x, self.conv.weight, self.conv.bias, 2, groups=3)
        x = F.batch_norm(x, self.norm.running_mean, self.norm.running_var, self.norm.weight, self.norm.bias)
        x = F.group_norm(x, 2, self.places.weight, self.places.bias)
        x = F.layer_norm(x.mean((2, 3)), (6,), self.last.weight, self.last.bias, 1e-3)
        return F.linear(x, self.head.weight)


def test_functions_with_weights_of_the_network_are_layers() -> None:
    found = kinds(Functions())
    assert [found[kind] for kind in ("conv2d", "batch_norm", "group_norm", "layer_norm", "linear")] == [1] * 5


def test_a_norm_without_a_memory_of_its_own_stays_code() -> None:
    class Fresh(Functions):
        def forward(self, x: torch.Tensor) -> torch.Tensor:
            x = F.batch_norm(self.conv(x), None, None, self.norm.weight, self.norm.bias, training=True)
            return self.head(x.amax((2, 3)))

    assert kinds(Fresh())["batch_norm"] == 0
