"""A network that looks at sizes as it runs is read by torch.export, and its drawing gives what it gave."""

from __future__ import annotations

from collections import Counter

import pytest
import torch
import torch.nn.functional as F
from support.tracing import round_trip
from torch import nn

import patholearn_lab as lab
from patholearn_lab.errors import InvalidInputError

IMAGES = torch.randn(2, 3, 16, 16, generator=torch.Generator().manual_seed(0))


class Step(nn.Module):
    """Changes its way and its tensors as it goes."""

    def __init__(self, channels: int) -> None:
        super().__init__()
        self.conv = nn.Conv2d(channels, 8, 3, padding=1, bias=False)
        self.norm = nn.BatchNorm2d(8)
        self.act = nn.ReLU(inplace=True)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        while x.shape[-1] > 8:
            x = F.max_pool2d(x, 2)
        x = self.act(self.norm(self.conv(x)))
        x += 1
        return x


class Looking(nn.Module):
    """Two steps and a head, with layers whose kinds have to be found again below torch's modules."""

    def __init__(self) -> None:
        super().__init__()
        self.first, self.second = Step(3), Step(8)
        self.drop = nn.Dropout(0.2)
        self.turn = nn.LayerNorm(8)
        self.head = nn.Linear(8, 2)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        x = self.second(self.first(x))
        if min(x.shape[2:]) > 1:
            x = F.adaptive_avg_pool2d(F.gelu(x), 1)
        return self.head(self.drop(self.turn(x.view(x.shape[0], -1))))


def test_a_forward_that_looks_at_sizes_is_drawn_with_its_layers_and_their_weights() -> None:
    module = Looking()
    assert round_trip("looking", module, IMAGES).equal
    drawn = lab.Architecture.from_module(module, IMAGES, blocks=False)
    found = Counter(node.kind for node in drawn.document.nodes.values())
    kinds = ("conv2d", "batch_norm", "relu", "max_pool2d", "gelu", "layer_norm", "dropout", "linear")
    assert [found[kind] for kind in kinds] == [2, 2, 2, 1, 1, 1, 1, 1]
    assert next(node.params for node in drawn.document.nodes.values() if node.kind == "dropout") == {"p": 0.2}
    assert drawn.weights is not None
    assert drawn.weights.tensors["head.weight"].data_ptr() == module.head.weight.data_ptr()


class Writing(nn.Module):
    """Writes into parts of a tensor, in three ways, and goes on with the whole of it."""

    def __init__(self) -> None:
        super().__init__()
        self.conv = nn.Conv2d(3, 4, 3)
        self.head = nn.Linear(784, 2)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        x = self.conv(x)
        x[:, 0] += 1
        x[:, :, 1:] = x[:, :, :-1] * 2
        x[..., 0].copy_(x[..., 1])
        return self.head(x.flatten(1))


class Adding(nn.Module):
    """Changes what it goes on with through a name for a part of it, which torch.fx writes down and does not see."""

    def __init__(self) -> None:
        super().__init__()
        self.act = nn.ReLU(inplace=True)
        self.head = nn.Linear(768, 2)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        x = x * 2
        x[:, 0].add_(1)
        y = x.tanh()
        return self.head((self.act(y) + y).flatten(1))


@pytest.mark.parametrize("module", [Writing(), Adding()], ids=["writing", "adding"])
def test_what_is_written_in_place_becomes_steps_that_make_a_new_tensor(module: nn.Module) -> None:
    assert round_trip("in place", module, IMAGES).equal
    assert "writes into a part of a tensor in place" in lab.Architecture.from_module(module, IMAGES).notes[0]


class Careful(nn.Module):
    """Computes a part at full precision, whatever the rest is computed in."""

    def __init__(self) -> None:
        super().__init__()
        self.head = nn.Linear(3, 2)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        with torch.autocast("cpu", enabled=False), torch.no_grad():
            x = x.float() * (2 if x.shape[-1] > 8 else 1)
            y = x + 1
        return self.head((x * y).mean((2, 3)))


def test_a_region_without_autocast_is_drawn_as_its_steps() -> None:
    assert round_trip("careful", Careful(), IMAGES).equal


class Rare(nn.Module):
    """What torch.export writes in another way than torch's functions: pools with places, dropouts, devices, an LSTM."""

    def __init__(self) -> None:
        super().__init__()
        self.rows = nn.LSTM(3, 4, batch_first=True, bidirectional=True)
        self.head = nn.Linear(8, 2)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        size = x.shape[-1] // 4 if x.shape[-1] > 8 else 8
        x = F.dropout2d(F.adaptive_max_pool2d(x, size), 0.3, self.training)
        split = x.unflatten(2, (2, size // 2))
        x = F.dropout(split.sigmoid() * torch.eye(size, device=x.device)[:2], 0.4, self.training).flatten(2, 3)
        x, _ = self.rows(x.permute(0, 2, 3, 1).flatten(0, 1))
        return self.head(x.unflatten(0, (-1, size)).mean((1, 2)))


def test_what_torch_export_writes_in_another_way_is_written_as_torch_has_it() -> None:
    module = Rare()
    assert round_trip("rare", module, IMAGES).equal
    drawn = lab.Architecture.from_module(module, IMAGES)
    nodes = drawn.document.nodes.values()
    assert {"adaptive_max_pool2d", "dropout2d"} <= {node.kind for node in nodes}
    code = "\n".join(str(node.params["code"]) for node in nodes if node.kind == "code")
    assert "0.4, self.training)" in code
    assert "device=x.device" in code
    assert "torch.device" not in code


class Deciding(nn.Module):
    """Takes another way for dark images."""

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return x.flatten(1) if x.mean() > 0 else -x.flatten(1)


class Counting(nn.Module):
    """Wants three images at once."""

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        if x.shape[0] != 3:
            raise ValueError("three images")
        return x.flatten(1)


class Broken(nn.Module):
    """Does not run at all."""

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        raise RuntimeError(f"nothing works for {len(x.shape)} axes")


@pytest.mark.parametrize(
    ("module", "words"),
    [
        (Deciding(), "Deciding cannot be traced: its forward decides by the values"),
        (Counting(), "Counting cannot be traced: its forward wants batches of one size"),
        (Broken(), "Broken cannot be traced: nothing works"),
    ],
    ids=lambda value: type(value).__name__ if isinstance(value, nn.Module) else "",
)
def test_what_neither_can_follow_is_refused_with_the_reason(module: nn.Module, words: str) -> None:
    with pytest.raises(InvalidInputError, match=words) as caught:
        lab.Architecture.from_module(module, IMAGES)
    assert caught.value.hint
