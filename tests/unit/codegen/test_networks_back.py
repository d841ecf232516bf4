"""Cells of whole networks come back into the graph: as they were written, and as people edit them."""

from __future__ import annotations

from itertools import pairwise
from typing import Any

import pytest
from support.graphs import graph, lookup

from patholearn_lab.codegen import emit_cell, read_graph
from patholearn_lab.codegen.cell import ReadBack
from patholearn_lab.codegen.forms import emit
from patholearn_lab.errors import CodeError
from patholearn_lab.graph.document import Document

MODELS: dict[str, list[dict[str, Any]]] = {
    "torchvision_model": [
        *({"model": name} for name in ("vgg11", "googlenet", "squeezenet1_1", "densenet121")),
        {"model": "squeezenet1_0", "classes": 8},
        {"model": "mobilenet_v3_small", "classes": 1000},
    ],
    "timm_model": [{"model": "resnet10t"}],
    "smp_model": [{"architecture": "FPN", "encoder": "mobilenet_v2"}, {"architecture": "DeepLabV3Plus"}],
}
WEIGHTS = {
    "torchvision_model": ("", "DEFAULT", "IMAGENET1K_V1", "w.pth", "a 'b'.safetensors"),
    "timm_model": ("", "DEFAULT", "a1_in1k", "folder/w.safetensors"),
    "smp_model": ("", "imagenet", "w.pt"),
}


def combinations(kind: str) -> list[dict[str, Any]]:
    """Return the models of a kind, and its default with all weights, classes, frozen or not."""
    classes = (2, 1, 7) if kind == "smp_model" else (None, 7)
    defaults: dict[str, Any] = {"weights": "", "frozen": False, "classes": classes[0]}
    settings = [
        {"weights": weights, "frozen": frozen, "classes": count}
        for weights in WEIGHTS[kind]
        for frozen in (False, True)
        for count in classes
    ]
    told = [{name: value for name, value in params.items() if value != defaults[name]} for params in settings]
    return [*told, *MODELS[kind]]


def document_of(kind: str, params: dict[str, Any]) -> Document:
    middle = {"flat": "flatten"} if kind == "smp_model" else {}
    row = ["data", "net", *middle, "last", "output"]
    nodes = {
        "data": ("dataset", {"dataset": "he_tissue"}),
        "net": (kind, params),
        **middle,
        "last": ("linear", {"out_features": 2}),
        "output": "classification_output",
    }
    return graph(nodes, *(f"{above}>{below}" for above, below in pairwise(row)))


def edited(kind: str, params: dict[str, Any], *changes: tuple[str, str]) -> tuple[ReadBack, str]:
    """Return what an edited cell of a network is read as, and the cell."""
    document = document_of(kind, params)
    code = emit_cell(document, lookup).code
    for old, new in changes:
        assert code.count(old) == 1, code
        code = code.replace(old, new)
    return read_graph(code, document, lookup), code


@pytest.mark.parametrize(("kind", "params"), [(kind, params) for kind in MODELS for params in combinations(kind)])
def test_the_cell_of_a_network_is_the_document_that_it_came_from(kind: str, params: dict[str, Any]) -> None:
    document = document_of(kind, params)
    code = emit_cell(document, lookup).code
    read = read_graph(code, document, lookup)
    assert read.document == document
    assert read.issues == ()
    fresh = read_graph(code, Document(), lookup)
    assert (fresh.document.nodes["net"].kind, fresh.document.nodes["net"].params) == (kind, params)
    assert fresh.issues == ()


FREEZE = "        self.net.requires_grad_(False).eval()\n"
READY = {"weights": "DEFAULT", "frozen": True, "classes": 7}
EDITS: list[tuple[str, dict[str, Any], tuple[str, str], dict[str, Any]]] = [
    ("torchvision_model", {}, ("resnet18()", "resnet34()"), {"model": "resnet34"}),
    ("torchvision_model", {}, ("resnet18()", 'resnet18(weights="DEFAULT")'), {"weights": "DEFAULT"}),
    (
        "torchvision_model",
        {},
        ("resnet18()", "resnet18(weights=torchvision.models.ResNet18_Weights.IMAGENET1K_V1)"),
        {"weights": "IMAGENET1K_V1"},
    ),
    ("torchvision_model", READY, ('weights="DEFAULT"', ""), {"frozen": True, "classes": 7}),
    ("torchvision_model", READY, (FREEZE, ""), {"weights": "DEFAULT", "classes": 7}),
    ("torchvision_model", READY, ("nn.Linear(512, 7)", "nn.Linear(512, 9)"), READY | {"classes": 9}),
    ("torchvision_model", READY, ("nn.Linear(512, 7)", "nn.Linear(self.net.fc.in_features, 7)"), READY),
    ("torchvision_model", {"weights": "w.pth"}, ('"w.pth"', '"v.pth"'), {"weights": "v.pth"}),
    ("torchvision_model", {}, ("        self.net.fc = nn.Identity()\n", ""), {"classes": 1000}),
    ("timm_model", {}, ('"resnet18"', '"resnet10t"'), {"model": "resnet10t"}),
    ("timm_model", {}, ('"resnet18"', '"resnet18", pretrained=True'), {"weights": "DEFAULT"}),
    ("timm_model", {"weights": "a1_in1k"}, ("pretrained=True, ", ""), {}),
    ("timm_model", READY, (FREEZE, ""), {"weights": "DEFAULT", "classes": 7}),
    ("timm_model", READY, ("reset_classifier(7)", "reset_classifier(9)"), READY | {"classes": 9}),
    ("smp_model", {}, ("smp.Unet(", "smp.FPN("), {"architecture": "FPN"}),
    ("smp_model", {}, ('"resnet34"', '"vgg11"'), {"encoder": "vgg11"}),
    ("smp_model", {}, ("encoder_weights=None", 'encoder_weights="imagenet"'), {"weights": "imagenet"}),
    ("smp_model", {"frozen": True}, ("        self.net.freeze_encoder()\n", ""), {}),
    ("smp_model", {}, ("weights=None, classes=2", "weights=None, classes=5"), {"classes": 5}),
]


@pytest.mark.parametrize(("kind", "before", "change", "after"), EDITS)
def test_an_edit_of_a_network_is_a_change_of_its_parameters(
    kind: str, before: dict[str, Any], change: tuple[str, str], after: dict[str, Any]
) -> None:
    read, code = edited(kind, before, change)
    assert read.document.nodes["net"].kind == kind, code
    assert read.document.nodes["net"].params == after, code
    # Another number of classes does not fit the layer behind.
    assert {(issue.code, issue.node) for issue in read.issues} <= {("size_contradicts", "last")}


def test_a_last_layer_of_another_width_is_named_with_its_line() -> None:
    read, code = edited("torchvision_model", {"classes": 7}, ("resnet18(", "resnet50("))
    assert read.document.nodes["net"].params == {"model": "resnet50", "classes": 7}
    (issue,) = read.issues
    assert (issue.code, issue.severity, issue.node) == ("setup_contradicts", "warning", "net")
    assert code.splitlines()[issue.line - 1].strip() == "self.net.fc = nn.Linear(512, 7)"
    assert "“self.net.fc = nn.Linear(2048, 7)”" in issue.message


@pytest.mark.parametrize(
    "change",
    [
        ("self.net.fc = nn.Linear(512, 7)", "self.net.fc = nn.Sequential(nn.Dropout(0.5), nn.Linear(512, 7))"),
        ("self.net.fc = nn.Linear(512, 7)", "self.net.fc = nn.Linear(512, 7, bias=False)"),
        ("self.net.requires_grad_(False).eval()", "self.net.layer4.requires_grad_(False)"),
        ("self.net.requires_grad_(False).eval()", "for part in self.net.children():\n            part.eval()"),
        (
            "self.net.requires_grad_(False).eval()\n        self.net.fc = nn.Linear(512, 7)",
            "self.net.fc = nn.Linear(512, 7)\n        self.net.requires_grad_(False).eval()",
        ),
    ],
)
def test_what_no_parameter_stands_for_is_an_issue_with_its_line(change: tuple[str, str]) -> None:
    read, code = edited("torchvision_model", READY, change)
    assert not read.complete
    (issue,) = (issue for issue in read.issues if issue.severity == "error")
    assert code.splitlines()[issue.line - 1] in [f"        {line.strip()}" for line in change[1].splitlines()]


def test_a_constant_of_the_cell_is_a_number_of_classes() -> None:
    head = ("nn.Linear(512, 7)", "nn.Linear(512, KINDS)")
    read, _ = edited("torchvision_model", READY, ("\n\n\nclass ", "\n\nKINDS = 9\n\n\nclass "), head)
    assert read.document.nodes["net"].params == READY | {"classes": 9}


def test_a_network_that_is_used_twice_shares_its_weights() -> None:
    read, _ = edited("timm_model", {}, ("x = self.net(x)", "x = self.net(x) + self.net(x)"))
    assert [issue.code for issue in read.issues] == ["shared_weights"]


def test_a_row_of_layers_refuses_a_network_that_is_changed_once_it_is_made() -> None:
    with pytest.raises(CodeError, match=r"self\.net\.fc = nn\.Identity"):
        emit(document_of("torchvision_model", {}), lookup, "sequential")
    assert "timm.create_model" in emit(document_of("timm_model", {}), lookup, "sequential").code
