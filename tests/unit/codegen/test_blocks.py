from __future__ import annotations

from typing import Any

import pytest
import torch
from support.graphs import GOLDEN, TISSUE, graph, lookup

from patholearn_lab.codegen.cell import EmittedCell
from patholearn_lab.codegen.lightning import emit_cell
from patholearn_lab.graph.architecture import Architecture


def _net(*steps: tuple[str, dict[str, Any]], name: str = "Case") -> Architecture:
    """Chain ready blocks (``+residual``), kinds, and the ends of a classification."""
    ends = {"data": ("dataset", {"dataset": "he_tissue"}), "output": "classification_output"}
    net = Architecture(graph(ends, name=name))
    last = "data"
    for kind, params in (*steps, ("adaptive_avg_pool2d", {}), ("flatten", {}), ("linear", {"out_features": 2})):
        adding = net.add_block if kind.startswith("+") else net.add
        last = adding(kind.removeprefix("+"), after=last, **params)
    net.connect(last, "output")
    return net


def _small_resnet() -> Architecture:
    widths = ((16, 1), (16, 1), (32, 2), (32, 1), (64, 2), (64, 1))
    return _net(
        ("conv2d", {"out_channels": 16, "padding": 1, "bias": False}),
        ("batch_norm", {}),
        ("relu", {}),
        *(("+residual", {"channels": width, "stride": stride} if stride > 1 else {"channels": width})
          for width, stride in widths),
        name="Small ResNet",
    )  # fmt: skip


def _run(cell: EmittedCell) -> torch.nn.Module:
    names: dict[str, Any] = {}
    exec(compile(cell.code, "cell", "exec"), names)
    model: torch.nn.Module = names["model"]
    return model.eval()


def _check_on_tensors(net: Architecture) -> EmittedCell:
    result = net.check(lookup)
    assert result.runnable, result.issues
    cell = emit_cell(net.document, lookup)
    model = _run(cell)
    assert model(torch.zeros(2, *TISSUE.image)).shape == (2, 2)
    assert sum(weight.numel() for weight in model.parameters()) == result.totals.parameters
    return cell


def test_a_small_resnet_of_blocks_is_the_golden_cell() -> None:
    cell = _check_on_tensors(_small_resnet())
    assert cell.code == (GOLDEN / "cells" / "small_resnet.py").read_text(encoding="utf-8")
    assert emit_cell(_small_resnet().document, lookup) == cell


def test_a_block_is_one_class_however_often_it_is_used() -> None:
    code = emit_cell(_small_resnet().document, lookup).code
    assert code.count("class Residual(nn.Module):") == 1
    assert code.count("= Residual(") == 4
    assert "def __init__(self, in_channels, channels=64, stride=1):" in code
    assert "self.residual_projection_2 = ResidualProjection(32, stride=2)" in code


def test_the_lines_of_nodes_inside_are_those_of_the_class() -> None:
    net = _small_resnet()
    cell = emit_cell(net.document, lookup)
    text = cell.code.splitlines()
    first, last = cell.lines["residual_2/norm_1"]
    assert text[first - 1 : last] == ["        self.norm_1 = nn.BatchNorm2d(channels)"]
    assert cell.lines["residual_1/norm_1"] == cell.lines["residual_2/norm_1"]
    first, _ = cell.lines["residual_2"]
    assert text[first - 1] == "        self.residual_2 = Residual(16, channels=16)"
    inner = {key for key in net.check(lookup).nodes if "/" in key}
    assert inner == {key for key in cell.lines if "/" in key}
    assert all(1 <= first <= last <= len(text) for first, last in cell.lines.values())


def test_a_block_with_several_ports_gives_and_takes_several_values() -> None:
    net = _net(("+unet_down", {"channels": 8}), ("+unet_up", {"channels": 8}))
    net.connect("unet_down_1", "unet_up_1", "skip", "skip")
    code = _check_on_tensors(net).code
    assert "x, unet_down_1_skip = self.unet_down_1(x)" in code
    assert "x = self.unet_up_1(x, unet_down_1_skip)" in code
    assert "def forward(self, x, skip):" in code


def test_an_output_of_a_block_that_nobody_takes_is_thrown_away() -> None:
    code = _check_on_tensors(_net(("+unet_down", {"channels": 8}))).code
    assert "x, _ = self.unet_down_1(x)" in code


def test_blocks_in_blocks_are_classes_of_classes() -> None:
    net = _net(("conv2d", {"out_channels": 4}), ("+residual", {"channels": 4}), ("+residual", {"channels": 4}))
    stage = net.group(["residual_1", "residual_2"], "Stage")
    block = net.blocks["stage"].model_dump(mode="json")
    block["params"] = [{"name": "width", "default": 4}]
    for node in block["nodes"].values():
        node["params"]["channels"] = "=width"
    net.define_block("stage", block)
    net.add_block("stage", after=net.add("conv2d", after=stage, out_channels=6), width=6)
    code = _check_on_tensors(net).code
    assert code.index("class Residual(") < code.index("class Stage(")
    assert "self.residual_1 = Residual(in_channels, channels=width)" in code
    assert "self.stage_1 = Stage(4)" in code
    assert "self.stage_2 = Stage(6, width=6)" in code


def test_what_differs_by_the_size_of_the_image_becomes_an_argument_of_its_own() -> None:
    net = _net(("conv2d", {"out_channels": 4}))
    head = {
        "label": "Head",
        "nodes": {
            "flat": {"kind": "flatten"},
            "linear_1": {"kind": "linear", "params": {"out_features": 3}},
        },
        "edges": {"e2": {"from": "flat", "fromPort": "output", "to": "linear_1", "toPort": "input"}},
        "inputs": [{"name": "input", "node": "flat", "port": "input", "edge": "e1"}],
        "outputs": [{"name": "output", "node": "linear_1", "port": "output"}],
    }
    net.define_block("head", head)
    small = net.add("max_pool2d", after="conv_1", kernel_size=31)
    first, second = net.add_block("head", after="data"), net.add_block("head", after="conv_1")
    merged = net.add("add")
    net.connect(first, merged)
    net.connect(second, merged)
    net.disconnect("linear_1", "output")
    last = net.add("linear", after=merged, out_features=2)
    net.connect(last, "output")
    net.remove(small)
    code = _check_on_tensors(net).code
    assert "def __init__(self, linear_1_in_features):" in code
    assert f"Head(linear_1_in_features={3 * 64 * 64})" in code


def test_what_forward_needs_of_the_parameters_is_kept_as_an_attribute() -> None:
    net = _net(("conv2d", {"out_channels": 4}))
    slope = {
        "label": "Slope",
        "params": [{"name": "size", "default": 2}],
        "nodes": {"pool_1": {"kind": "max_pool2d", "params": {"kernel_size": "=size"}}},
        "inputs": [{"name": "input", "node": "pool_1", "port": "input", "edge": "e1"}],
        "outputs": [{"name": "output", "node": "pool_1", "port": "output"}],
    }
    net.define_block("slope", slope)
    net.add_block("slope", after="conv_1", size=3)
    code = _check_on_tensors(net).code
    assert "self.pool_1_kernel_size = size" in code
    assert "F.max_pool2d(x, kernel_size=self.pool_1_kernel_size)" in code


def test_uses_that_need_other_layers_get_a_class_each() -> None:
    net = _net(("conv2d", {"out_channels": 4}))
    norm = {
        "label": "Norm",
        "nodes": {"norm": {"kind": "batch_norm"}, "act": {"kind": "relu"}},
        "edges": {"e2": {"from": "norm", "fromPort": "output", "to": "act", "toPort": "input"}},
        "inputs": [{"name": "input", "node": "norm", "port": "input", "edge": "e1"}],
        "outputs": [{"name": "output", "node": "act", "port": "output"}],
    }
    net.define_block("norm", norm)
    net.add_block("norm", after="conv_1")
    net.add_block("norm", after="flatten_1")
    code = _check_on_tensors(net).code
    assert "class Norm(nn.Module):" in code
    assert "class Norm2(nn.Module):" in code


@pytest.mark.parametrize("name", ["residual", "residual_projection", "bottleneck_projection", "inception"])
def test_every_ready_block_runs(name: str) -> None:
    _check_on_tensors(_net(("conv2d", {"out_channels": 64, "stride": 4}), (f"+{name}", {})))
