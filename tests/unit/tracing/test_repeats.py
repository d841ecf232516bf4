"""Modules that a network repeats come back as blocks, and its code gives what it gave."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import pytest
import torch
from support.tracing import SET, executed, lookup_for, round_trip, zoo_round_trip
from torch import nn

import patholearn_lab as lab
from patholearn_lab.codegen import emit_cell, read_graph
from patholearn_lab.errors import InvalidInputError, NotFoundError
from patholearn_lab.graph.check import check
from patholearn_lab.graph.grouping import expanded

IMAGES = torch.randn(2, 3, 16, 16, generator=torch.Generator().manual_seed(0))


class Narrow(nn.Module):
    """A bottleneck: four times as many channels go out as are inside."""

    def __init__(self, channels: int, inner: int, stride: int = 1, drop: bool = False) -> None:
        super().__init__()
        self.reduce = nn.Conv2d(channels, inner, 1)
        self.see = nn.Conv2d(inner, inner, 3, stride=stride, padding=1)
        self.act = nn.ReLU()
        self.drop = nn.Dropout2d(0.1) if drop else None
        self.expand = nn.Conv2d(inner, 4 * inner, 1)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        x = self.act(self.see(self.act(self.reduce(x))))
        return self.expand(x if self.drop is None else self.drop(x))


class Deep(nn.Module):
    """Blocks in a row; one of them has a layer more."""

    def __init__(self, *blocks: nn.Module, features: int = 32) -> None:
        super().__init__()
        self.blocks = nn.Sequential(*blocks)
        self.head = nn.Linear(features, 2)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return self.head(self.blocks(x).mean((2, 3)))


def deep() -> Deep:
    return Deep(Narrow(3, 4), Narrow(16, 4), Narrow(16, 8, 2), Narrow(32, 8, 1, drop=True))


def test_what_differs_is_a_setting_and_a_multiple_of_it_an_expression() -> None:
    drawn = lab.Architecture.from_module(deep(), IMAGES, dataset=SET)
    (block,) = drawn.document.blocks.values()
    assert block.label == "Narrow"
    assert {param.name: param.default for param in block.params} == {"out_channels": 4, "stride": 1}
    assert (
        block.nodes["conv_1"].params["out_channels"] == block.nodes["conv_2"].params["out_channels"] == "=out_channels"
    )
    assert block.nodes["conv_3"].params["out_channels"] == "=out_channels * 4"
    assert block.nodes["conv_2"].note == "see"
    uses = {node.note: node.params for node in drawn.document.nodes.values() if node.kind == "block/narrow"}
    assert uses == {"blocks.0": {}, "blocks.1": {}, "blocks.2": {"out_channels": 8, "stride": 2}}
    # The one with a dropout is another thing, and there is one of it.
    assert Counter(node.kind for node in drawn.document.nodes.values())["dropout2d"] == 1


def test_its_code_has_one_class_comes_back_and_gives_the_same() -> None:
    module = deep()
    assert round_trip("deep", module, IMAGES).equal
    drawn = lab.Architecture.from_module(module, IMAGES, dataset=SET)
    lookup = lookup_for((3, 16, 16), 2)
    cell = emit_cell(drawn.document, lookup)
    assert cell.code.count("class Narrow(nn.Module):") == 1
    assert cell.names["narrow_3/conv_2"] == "blocks_2.see"
    read = read_graph(cell.code, drawn.document, lookup)
    assert read.document == drawn.document
    assert not read.issues


def test_without_blocks_every_layer_is_a_node_and_the_blocks_dissolved_are_these_nodes() -> None:
    flat = lab.Architecture.from_module(deep(), IMAGES, blocks=False).document
    folded = lab.Architecture.from_module(deep(), IMAGES).document
    assert not flat.blocks
    kinds = [Counter(node.kind for node in document.nodes.values()) for document in (flat, expanded(folded))]
    assert kinds[0] == kinds[1]
    totals = [check(document, lambda _: None).totals.parameters for document in (flat, folded)]
    assert totals[0] == totals[1] > 0


def test_what_occurs_once_stays_flat() -> None:
    assert not lab.Architecture.from_module(Deep(Narrow(3, 8)), IMAGES).document.blocks


class Crossing(nn.Module):
    """A module of which a part is used again after others: as one block, data would run in a circle."""

    def __init__(self) -> None:
        super().__init__()
        self.part = Narrow(3, 4)
        self.other = Narrow(16, 4)
        self.head = nn.Linear(16, 2)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        x = self.part.reduce(x)
        x = self.other(self.part.expand(x))
        return self.head(self.part.expand(self.part.reduce(x[:, :3])).mean((2, 3)))


def test_modules_that_are_used_in_pieces_give_the_same() -> None:
    assert round_trip("crossing", Crossing(), IMAGES).equal


class Tree(nn.Module):
    """Two convolutions, or two trees: modules of one class inside one another."""

    def __init__(self, depth: int) -> None:
        super().__init__()
        inner = [Tree(depth - 1) if depth else nn.Conv2d(3, 3, 1) for _ in range(2)]
        self.left, self.right = inner
        self.act = nn.ReLU()

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return self.act(self.right(self.left(x)) + x)


def test_modules_of_one_class_inside_one_another_give_the_same() -> None:
    module = Deep(Tree(2), Tree(1), Tree(2), features=3)
    assert round_trip("tree", module, IMAGES).equal
    assert round_trip("tree", module, IMAGES).nodes < 30


class Widening(nn.Module):
    """Two inputs and two outputs, which are used in another order."""

    def __init__(self) -> None:
        super().__init__()
        self.first, self.second = nn.Conv2d(4, 4, 1), nn.Conv2d(4, 4, 1)

    def forward(self, x: torch.Tensor, y: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
        y = self.second(torch.cat([y, x], 1)[:, :4])
        return y, self.first(x) + y


class Paired(nn.Module):
    """Blocks with several ways in and out."""

    def __init__(self) -> None:
        super().__init__()
        self.stem = nn.Conv2d(3, 4, 1)
        self.a, self.b = Widening(), Widening()
        self.head = nn.Linear(8, 2)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        x = self.stem(x)
        x, y = self.b(*self.a(x, x * 2))
        return self.head(torch.cat([y, x], 1).mean((2, 3)))


def test_blocks_with_several_ways_in_and_out_give_the_same() -> None:
    assert round_trip("paired", Paired(), IMAGES).equal


@pytest.mark.parametrize(("name", "block"), [("resnet18", "BasicBlock"), ("vit_b_32", "EncoderBlock")])
def test_models_of_torchvision_have_their_own_blocks(name: str, block: str) -> None:
    result = zoo_round_trip(name)
    assert result.equal, result
    assert result.nodes < 25
    assert block in result.blocks


@pytest.mark.parametrize("suffix", [".pt", ".safetensors"])
def test_the_weights_go_into_a_file_that_the_cell_begins_with(
    suffix: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    module, lookup = deep().eval(), lookup_for((3, 16, 16), 2)
    drawn = lab.Architecture.from_module(module, IMAGES, dataset=SET)
    file = drawn.save_weights(tmp_path / f"deep{suffix}", lookup)
    again = executed(drawn.to_code(lookup))
    assert torch.equal(again(IMAGES), module(IMAGES))
    assert f"26 of 26 tensors are from {file}" in capsys.readouterr().out
    assert read_graph(drawn.to_code(lookup).code, drawn.document, lookup).document == drawn.document
    # Another head: what fits is kept, and the rest is counted.
    drawn.set(next(key for key in drawn.document.nodes if key.startswith("linear")), out_features=5)
    other = executed(drawn.to_code(lookup_for((3, 16, 16), 5)))
    assert torch.equal(other.state_dict()["blocks_2.see.weight"], module.state_dict()["blocks.2.see.weight"])
    assert f"24 of 26 tensors are from {file}" in capsys.readouterr().out
    drawn.undo()
    drawn.undo()
    assert "WEIGHTS" not in drawn.to_code(lookup).code


def test_a_drawing_by_hand_has_no_weights_to_keep_and_a_file_is_named_as_one(tmp_path: Path) -> None:
    with pytest.raises(NotFoundError, match="drawn by hand"):
        lab.Architecture.from_template("lenet5", dataset="he_tissue").save_weights(tmp_path / "x.pt")
    drawn = lab.Architecture.from_module(deep(), IMAGES, dataset=SET)
    with pytest.raises(InvalidInputError, match="txt"):
        drawn.save_weights(tmp_path / "weights.txt", lookup_for((3, 16, 16), 2))
