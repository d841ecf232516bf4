"""Networks of sequences as cells that run."""

from __future__ import annotations

import subprocess
import sys
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
import torch
from support.graphs import SETS, graph, lookup

from patholearn_lab.codegen import EmittedCell, emit_cell
from patholearn_lab.graph.check import check
from patholearn_lab.graph.document import Document, read_document


def run(cell: EmittedCell) -> Any:
    space: dict[str, Any] = {}
    exec(compile(cell.code, "<cell>", "exec"), space)
    return space["model"]


def chain(dataset: str, layers: dict[str, Any], name: str = "Case") -> Document:
    """Layers in a row from a data set to its classes."""
    classes = len(SETS[dataset].classes)
    nodes = {"data": ("dataset", {"dataset": dataset}), **layers}
    nodes |= {"linear_9": ("linear", {"out_features": classes}), "output": "classification_output"}
    return graph(nodes, *(f"{above}>{below}" for above, below in pairwise(nodes)), name=name)


def vision_transformer() -> Document:
    return chain(
        "he_tissue",
        {
            "patches_1": ("patch_embedding", {"patch_size": 16, "features": 32}),
            "token_1": "class_token",
            "positions_1": "position_embedding",
            "encoder_1": ("transformer_encoder_layer", {"nhead": 4, "dim_feedforward": 64, "activation": "gelu"}),
            "encoder_2": ("transformer_encoder_layer", {"nhead": 8, "dim_feedforward": 2048, "norm_first": True}),
            "linear_1": ("linear", {"out_features": 24}),
            "pool_1": ("sequence_pool", {"take": "first"}),
        },
        name="Patch embedding",
    )


def row_reader() -> Document:
    return chain(
        "mnist",
        {
            "sequence_1": "image_to_sequence",
            "gru_1": ("gru", {"hidden_size": 16, "bidirectional": True, "num_layers": 2, "dropout": 0.1}),
            "lstm_1": ("lstm", {"hidden_size": 12}),
            "attention_1": ("multihead_attention", {"num_heads": 3}),
            "pool_1": ("sequence_pool", {"take": "last"}),
        },
        name="Rows",
    )


def gray_levels() -> Document:
    """Pixels as whole numbers, and two looks at one image, of which one asks the other."""
    document = graph(
        {
            "data": ("dataset", {"dataset": "tiny"}),
            "squeeze_1": ("squeeze_excitation", {"reduction": 4}),
            "flatten_1": "flatten",
            "embedding_1": ("embedding", {"num_embeddings": 4, "embedding_dim": 6}),
            "patches_1": ("patch_embedding", {"patch_size": 4, "features": 6}),
            "attention_1": ("cross_attention", {"num_heads": 2}),
            "add_1": "add",
            "pool_1": "sequence_pool",
            "linear_9": ("linear", {"out_features": 10}),
            "output": "classification_output",
        },
        "data>squeeze_1", "squeeze_1>flatten_1", "flatten_1>embedding_1", "data>patches_1",
        "patches_1>attention_1", "attention_1>add_1", "patches_1>add_1",
        "add_1>pool_1", "pool_1>linear_9", "linear_9>output",
    ).model_dump(by_alias=True)  # fmt: skip
    # Its id comes before that of the edge to the other port, whose node is nevertheless the first input.
    document["edges"]["e0"] = {"from": "embedding_1", "fromPort": "output", "to": "attention_1", "toPort": "memory"}
    return read_document(document)


NETWORKS = [vision_transformer, row_reader, gray_levels]


@pytest.mark.parametrize("make", NETWORKS)
def test_a_network_of_sequences_runs_with_the_weights_that_were_predicted(make: Any) -> None:
    document = make()
    result = check(document, lookup)
    assert result.runnable, [issue.message for issue in result.issues]
    model = run(emit_cell(document, lookup)).eval()
    shape = SETS[str(document.nodes["data"].params["dataset"])]
    assert tuple(model(torch.rand(2, *shape.image)).shape) == (2, len(shape.classes))
    assert sum(parameter.numel() for parameter in model.parameters()) == result.totals.parameters


def test_the_cell_of_a_vision_transformer_reads_as_one_would_write_it() -> None:
    cell = emit_cell(vision_transformer(), lookup)
    assert cell.class_name == "PatchEmbeddingNetwork"
    assert [cell.code.count(f"\nclass {name}(nn.Module):") for name in ("PatchEmbedding", "ClassToken")] == [1, 1]
    assert "self.patches_1 = PatchEmbedding(3, 32, patch_size=16)\n" in cell.code
    assert "self.token_1 = ClassToken(32)\n" in cell.code
    assert "        x = x[:, 0]  # 24\n" in cell.code


def test_a_recurrent_layer_gives_its_steps_and_leaves_its_last_memory() -> None:
    code = emit_cell(row_reader(), lookup).code
    assert "        x = x.transpose(1, 2).flatten(2)  # 28 × 28\n" in code
    assert "        x, _ = self.gru_1(x)  # 28 × 32\n" in code
    assert "        x, _ = self.attention_1(x, x, x, need_weights=False)\n" in code


def test_the_first_port_asks_whatever_the_order_of_the_edges() -> None:
    code = emit_cell(gray_levels(), lookup).code
    assert "        x, _ = self.attention_1(patches_1, squeeze_1, squeeze_1, need_weights=False)\n" in code


def test_heads_that_do_not_divide_are_one_issue_with_a_mend() -> None:
    document = chain(
        "mnist",
        {
            "sequence_1": "image_to_sequence",
            "attention_1": ("multihead_attention", {"num_heads": 5}),
            "pool_1": "sequence_pool",
        },
    )
    errors = [issue for issue in check(document, lookup).issues if issue.severity == "error"]
    assert [(issue.code, issue.node, issue.mend and issue.mend.label) for issue in errors] == [
        ("heads_do_not_divide", "attention_1", "Use 4 heads")
    ]


def test_a_linear_right_behind_an_image_still_needs_a_flatten() -> None:
    document = chain("mnist", {"linear_1": ("linear", {"out_features": 4}), "relu_1": "relu"})
    errors = [issue for issue in check(document, lookup).issues if issue.severity == "error"]
    assert [(issue.code, issue.node) for issue in errors] == [("needs_flatten", "linear_1")]


@pytest.mark.parametrize("make", NETWORKS)
@pytest.mark.parametrize("width", [88, 120])
def test_a_cell_with_classes_is_formatted_as_ruff_would(make: Any, width: int, tmp_path: Path) -> None:
    path = tmp_path / "cell.py"
    path.write_text(emit_cell(make(), lookup).code, encoding="utf-8")
    ruff = [sys.executable, "-m", "ruff"]
    for command in (
        ["format", "--isolated", "--diff", "--line-length", str(width)],
        ["check", "--isolated", "--no-cache", "--select", "E,F,I,W"],
    ):
        finished = subprocess.run([*ruff, *command, str(path)], capture_output=True, text=True, check=False)
        assert finished.returncode == 0, finished.stdout
