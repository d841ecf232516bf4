"""What comes out of a Reshape decides where it may go, and what is said where it may not."""

from __future__ import annotations

from itertools import pairwise
from typing import Any

import pytest
import torch
from support.graphs import graph, lookup

from patholearn_lab.codegen import emit_cell
from patholearn_lab.graph.check import check
from patholearn_lab.graph.document import Document
from patholearn_lab.graph.operations import apply


def chain(*kinds: str | tuple[str, dict[str, Any]]) -> Document:
    """Connect the images of the tissue, 3 × 64 × 64, with these kinds and an output."""
    nodes: dict[str, Any] = {"data": ("dataset", {"dataset": "he_tissue"})}
    nodes |= {f"n_{number}": kind for number, kind in enumerate(kinds)}
    nodes["output"] = "classification_output"
    return graph(nodes, *map(">".join, pairwise(nodes)))


SCORES = ("linear", {"out_features": 2})


@pytest.mark.parametrize("between", [(), ("relu",), ("relu", "identity")])
def test_an_image_out_of_a_reshape_still_needs_a_flatten_before_a_linear(between: tuple[str, ...]) -> None:
    document = chain(("reshape", {"sizes": "3, 32, 128"}), *between, SCORES)
    issues = [issue for issue in check(document, lookup).issues if issue.severity == "error"]
    assert {issue.code for issue in issues} == {"needs_flatten"}
    assert issues[0].mend is not None
    assert check(apply(document, issues[0].mend.operations), lookup).runnable


def test_a_vector_out_of_a_reshape_goes_into_a_linear() -> None:
    assert check(chain("reshape", SCORES), lookup).runnable


@pytest.mark.parametrize(
    ("sizes", "words"),
    [
        ("5, -1", "are 12,288 values, which do not fit into 5 × ?."),
        ("-1, -1", "one of them may be -1"),
        ("3, 64, 0", "each 1 or more"),
    ],
)
def test_sizes_that_cannot_hold_the_values_say_so(sizes: str, words: str) -> None:
    issues = check(chain(("reshape", {"sizes": sizes}), SCORES), lookup).issues
    found = [issue for issue in issues if issue.code.startswith("sizes_")]
    assert len(found) == 1
    assert words in found[0].message


def test_values_keep_their_order_and_images_their_own() -> None:
    document = chain(
        ("conv2d", {"out_channels": 4, "kernel_size": 3, "stride": 2, "same_padding": True}),
        ("reshape", {"sizes": "4, -1"}),
        ("permute", {"dims": "2, 1"}),
        ("layer_norm", {}),
        "flatten",
        SCORES,
    )
    cell = emit_cell(document, lookup)
    assert "        x = F.pad(x, (0, 1, 0, 1))\n        x = self.n_0(x)  # 4 × 32 × 32\n" in cell.code
    assert "        x = torch.reshape(x, (x.shape[0], 4, -1))  # 4 × 1024\n" in cell.code
    assert "        x = torch.permute(x, (0, 2, 1))  # 1024 × 4\n" in cell.code
    space: dict[str, Any] = {}
    exec(compile(cell.code, "<cell>", "exec"), space)
    model = space["model"].eval()
    images = torch.rand(3, 3, 64, 64)
    together = model(images)
    assert together.shape == (3, 2)
    alone = torch.cat([model(image[None]) for image in images])
    torch.testing.assert_close(together, alone)


def test_a_gate_of_one_number_a_channel_multiplies_the_whole_channel() -> None:
    nodes: dict[str, Any] = {
        "data": ("dataset", {"dataset": "he_tissue"}),
        "pool_1": "adaptive_avg_pool2d",
        "sigmoid_1": "sigmoid",
        "multiply_1": "multiply",
        "flatten_1": "flatten",
        "linear_1": SCORES,
        "output": "classification_output",
    }
    document = graph(
        nodes, "data>pool_1", "pool_1>sigmoid_1", *map(">".join, pairwise(list(nodes)[2:])), "data>multiply_1"
    )
    result = check(document, lookup)
    assert result.runnable
    assert result.nodes["multiply_1"].outputs["output"] == (3, 64, 64)
    assert " * " in emit_cell(document, lookup).code
