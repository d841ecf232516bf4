"""A network that begins at a constant input is written as a plain module, and comes back."""

from __future__ import annotations

from itertools import pairwise
from typing import Any

import pytest
import torch
from support.graphs import graph, lookup

from patholearn_lab.codegen import merge_cell
from patholearn_lab.codegen.forms import Form, emit
from patholearn_lab.codegen.to_graph import read_graph
from patholearn_lab.errors import CodeError
from patholearn_lab.graph.document import Document
from patholearn_lab.graph.grouping import group
from patholearn_lab.graph.inputs import no_datasets
from patholearn_lab.graph.operations import SetKind, SetParams, apply

SHAPES = {"3, 20, 24": (3, 20, 24), "16, 8": (16, 8), "30": (30,)}


def drawn(shape: str) -> Document:
    """A chain of what takes that shape, ending in 7 scores; no data set decides that number."""
    axes = len(SHAPES[shape])
    nodes: dict[str, Any] = {"input": ("constant_input", {"shape": shape})}
    if axes == 3:
        nodes |= {"conv_1": ("conv2d", {"out_channels": 4, "kernel_size": 3}), "relu_1": "relu"}
    if axes > 1:
        nodes |= {"flatten_1": "flatten"}
    nodes |= {"linear_1": ("linear", {"out_features": 7}), "output": "classification_output"}
    ids = list(nodes)
    return graph(nodes, *(f"{first}>{second}" for first, second in pairwise(ids)))


def model_of(code: str) -> torch.nn.Module:
    space: dict[str, Any] = {"__name__": "cell"}
    exec(compile(code, "<form>", "exec"), space)
    model = space["model"]
    assert isinstance(model, torch.nn.Module)
    return model


@pytest.mark.parametrize("form", ["module", "sequential"])
@pytest.mark.parametrize("shape", SHAPES)
def test_a_plain_form_takes_inputs_of_the_shape_that_was_written_down(form: Form, shape: str) -> None:
    code = emit(drawn(shape), no_datasets, form).code
    assert model_of(code)(torch.zeros(2, *SHAPES[shape])).shape == (2, 7)
    assert "DATASET" not in code
    assert "No data set was chosen" not in code


def test_the_code_says_how_large_the_input_is() -> None:
    assert "def forward(self, x):  # 3 × 20 × 24" in emit(drawn("3, 20, 24"), no_datasets, "module").code


@pytest.mark.parametrize("form", ["cell", "explicit", "script", "notebook"])
def test_a_form_that_trains_says_that_there_is_nothing_to_learn_from(form: Form) -> None:
    with pytest.raises(CodeError, match="gives nothing to learn from") as caught:
        emit(drawn("3, 20, 24"), lookup, form)
    assert "data set" in str(caught.value.hint)


def test_another_error_hinders_a_plain_form_too() -> None:
    document = drawn("3, 20, 24")
    broken = document.model_copy(update={"edges": {key: edge for key, edge in document.edges.items() if key != "e2"}})
    with pytest.raises(CodeError, match="gets nothing at its input"):
        emit(broken, no_datasets, "module")


@pytest.mark.parametrize("shape", SHAPES)
def test_an_unedited_module_is_the_document_that_it_came_from(shape: str) -> None:
    document = drawn(shape)
    read = read_graph(emit(document, no_datasets, "module").code, document, no_datasets)
    assert read.document == document
    assert read.operations == ()
    assert read.issues == ()
    assert read.complete


def test_a_block_in_it_is_one_class_and_comes_back_as_the_block() -> None:
    document = drawn("3, 20, 24")
    _, operations = group(document, ["conv_1", "relu_1"], "Conv and ReLU")
    document = apply(document, operations)
    code = emit(document, no_datasets, "module").code
    assert model_of(code)(torch.zeros(2, 3, 20, 24)).shape == (2, 7)
    read = read_graph(code, document, no_datasets)
    assert read.document == document
    assert read.issues == ()


def test_an_edited_module_keeps_its_constant_input() -> None:
    document = drawn("3, 20, 24")
    code = emit(document, no_datasets, "module").code.replace("nn.Conv2d(3, 4,", "nn.Conv2d(3, 6,")
    read = read_graph(code, document, no_datasets)
    assert read.operations == (SetParams(id="conv_1", params={"out_channels": 6}),)
    assert [issue.code for issue in read.issues] == ["size_contradicts"]


def test_a_module_that_names_a_data_set_begins_at_that() -> None:
    document = drawn("3, 20, 24")
    code = 'DATASET = "he_tissue"\n' + emit(document, no_datasets, "module").code
    read = read_graph(code, document, lookup)
    assert read.document.nodes["input"].kind == "dataset"
    assert read.document.edges == document.edges
    assert read.operations == (
        SetKind(id="input", kind="dataset"),
        SetParams(id="input", params={"shape": None, "dataset": "he_tissue"}),
    )


@pytest.mark.parametrize("form", ["module", "sequential"])
def test_an_edited_cell_without_a_data_set_follows_the_graph(form: Form) -> None:
    old = drawn("3, 20, 24")
    new = apply(old, [SetParams(id="conv_1", params={"out_channels": 6})])
    edited = emit(old, lookup, form).code.replace("nn.Linear", "nn.Linear  ", 1) + "# mine\n"
    merged = merge_cell(edited, old, new, lookup)
    assert not merged.conflicts
    assert merged.code.endswith("# mine\n")
    assert read_graph(merged.code, new, lookup).document == new


def test_an_edited_cell_follows_a_graph_that_has_lost_its_data_set() -> None:
    old = apply(drawn("3, 20, 24"), [SetKind(id="input", kind="dataset"),
                                     SetParams(id="input", params={"shape": None, "dataset": "nuclei"}),
                                     SetParams(id="linear_1", params={"out_features": 2})])  # fmt: skip
    new = apply(old, [SetKind(id="input", kind="constant_input"),
                      SetParams(id="input", params={"dataset": None, "shape": "3, 32, 32"}),
                      SetParams(id="conv_1", params={"out_channels": 6})])  # fmt: skip
    edited = emit(old, lookup).code + "# mine\n"
    merged = merge_cell(edited, old, new, lookup)
    assert merged.code.endswith("# mine\n")
    assert not merged.conflicts
    assert "nn.Conv2d(3, 6" in merged.code
