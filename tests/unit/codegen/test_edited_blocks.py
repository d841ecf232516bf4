"""The class of a block edited in the cell: the definition changes, or a new block begins where one use differs."""

from __future__ import annotations

import re

import pytest
from support.graphs import graph, lookup

from patholearn_lab.codegen import emit_cell, merge_cell, read_graph
from patholearn_lab.codegen.cell import ReadBack
from patholearn_lab.graph.architecture import Architecture
from patholearn_lab.graph.block import Block, BlockInput, BlockOutput, BlockParam
from patholearn_lab.graph.document import Document, Edge, Node
from patholearn_lab.graph.operations import SetParams, apply


def edge(source: str, target: str) -> Edge:
    return Edge(source=source, source_port="output", target=target, target_port="input")


STEP = Block(
    label="Step",
    params=(BlockParam(name="channels", default=16), BlockParam(name="kernel", default=3)),
    nodes={
        "conv_1": Node(kind="conv2d", params={"out_channels": "=channels", "kernel_size": "=kernel"}),
        "norm_1": Node(kind="batch_norm", y=120),
        "relu_1": Node(kind="relu", y=240),
    },
    edges={"e2": edge("conv_1", "norm_1"), "e3": edge("norm_1", "relu_1")},
    inputs=(BlockInput(name="input", node="conv_1", port="input", edge="e1"),),
    outputs=(BlockOutput(name="output", node="relu_1", port="output"),),
)


def network(*uses: dict[str, int]) -> Document:
    """A chain of uses of a small block."""
    net = Architecture(
        graph({"data": ("dataset", {"dataset": "he_tissue"}), "output": "classification_output"}), lookup
    )
    net.define_block("step", STEP)
    last = "data"
    for params in uses:
        last = net.add_block("step", after=last, **params)
    for kind, params in (("adaptive_avg_pool2d", {}), ("flatten", {}), ("linear", {"out_features": 2})):
        last = net.add(kind, after=last, **params)
    net.connect(last, "output")
    return net.document


TWO = network({"channels": 8}, {"channels": 12, "kernel": 5})
CODE = emit_cell(TWO, lookup).code
CLASS = CODE[CODE.index("class Step") : CODE.index("\n\n\nclass", CODE.index("class Step"))]


def back(*edits: tuple[str, str], document: Document = TWO) -> ReadBack:
    code = emit_cell(document, lookup).code
    for old, new in edits:
        assert old in code, code
        code = code.replace(old, new)
    read = read_graph(code, document, lookup)
    assert apply(document, read.operations) == read.document
    again = emit_cell(read.document, lookup)  # what came back is a graph that can be written, and comes back as well
    assert read_graph(again.code, read.document, lookup).document == read.document
    return read


def test_a_class_that_says_the_same_in_other_words_changes_nothing() -> None:
    read = back((CLASS, re.sub(r"\bx\b", "image", CLASS)))
    assert (read.document, read.issues) == (TWO, ())


def test_another_function_in_the_class_is_another_node_in_the_block() -> None:
    read = back(("F.relu(x)", "F.gelu(x)"))
    assert read.issues == ()
    assert sorted(node.kind for node in read.document.blocks["step"].nodes.values()) == ["batch_norm", "conv2d", "gelu"]
    assert read.document.nodes == TWO.nodes
    assert [operation.op for operation in read.operations] == ["setBlock"]


def test_what_a_parameter_decides_stays_an_expression() -> None:
    read = back(("channels, kernel_size=kernel", "channels * 2, kernel_size=kernel + 2"),
                ("BatchNorm2d(channels)", "BatchNorm2d(channels * 2)"))  # fmt: skip
    assert [issue.code for issue in read.issues] == ["size_contradicts"]  # linear_1 takes twice as many now
    conv = read.document.blocks["step"].nodes["conv_1"]
    assert conv.params == {"out_channels": "=channels * 2", "kernel_size": "=kernel + 2"}
    assert (conv.x, conv.y) == (STEP.nodes["conv_1"].x, STEP.nodes["conv_1"].y)


def test_a_new_argument_of_the_class_is_a_parameter_of_the_block() -> None:
    read = back(("kernel=3)", "kernel=3, drop=0.25)"), ("BatchNorm2d(channels)", "BatchNorm2d(channels)\n"
                "        self.drop_1 = nn.Dropout(drop)"), ("F.relu(x)", "self.drop_1(F.relu(x))"),
                ("channels=12, kernel=5", "channels=12, kernel=5, drop=0.5"))  # fmt: skip
    assert read.issues == ()
    block = read.document.blocks["step"]
    (param,) = [param for param in block.params if param.name == "drop"]
    assert (param.type, param.default) == ("float", 0.25)
    assert block.nodes["drop_1"].params == {"p": "=drop"}
    assert [node.params for key, node in sorted(read.document.nodes.items()) if key.startswith("step")] == [
        {"channels": 8},
        {"channels": 12, "kernel": 5, "drop": 0.5},
    ]


def test_another_default_in_the_class_is_another_default_of_the_block() -> None:
    read = back(("kernel=3)", "kernel=7)"))
    assert [param.default for param in read.document.blocks["step"].params] == [16, 7]


def test_one_use_of_another_class_is_a_new_block() -> None:
    copy = CLASS.replace("class Step", "class Wide").replace("F.relu", "F.silu")
    read = back((CLASS, f"{CLASS}\n\n\n{copy}"), ("self.step_2 = Step(", "self.step_2 = Wide("))
    assert read.issues == ()
    assert read.document.blocks["step"] == STEP
    assert "silu" in {node.kind for node in read.document.blocks["wide"].nodes.values()}
    assert [node.kind for key, node in sorted(read.document.nodes.items()) if key.startswith("step")] == [
        "block/step",
        "block/wide",
    ]


def test_a_subclass_of_a_block_is_a_new_block() -> None:
    wide = """class Wide(Step):
    def __init__(self, in_channels, channels=16, kernel=3):
        super().__init__(in_channels, channels, kernel)
        self.conv_2 = nn.Conv2d(channels, channels, 1)

    def forward(self, x):
        return self.conv_2(super().forward(x))"""
    read = back((CLASS, f"{CLASS}\n\n\n{wide}"), ("self.step_2 = Step(", "self.step_2 = Wide("))
    assert read.issues == ()
    assert read.document.blocks["step"] == STEP
    block = read.document.blocks["wide"]
    assert block.nodes["conv_2"].params == {"out_channels": "=channels", "kernel_size": 1}
    assert block.nodes["conv_1"] == STEP.nodes["conv_1"]


def test_a_use_for_which_the_class_does_something_else_is_a_new_block() -> None:
    read = back(("x = F.relu(x)\n", "if self.wide:\n            x = F.silu(x)\n        x = F.relu(x)\n"),
                ("super().__init__()\n        self.conv_1", "super().__init__()\n        self.wide = kernel > 3\n"
                 "        self.conv_1"))  # fmt: skip
    assert read.issues == ()
    assert {len(block.nodes) for block in read.document.blocks.values()} == {3, 4}
    assert len({node.kind for key, node in read.document.nodes.items() if key.startswith("step")}) == 2


def test_the_class_of_a_block_inside_another_block() -> None:
    net = Architecture(TWO, lookup)
    net.group(["step_1", "step_2"], "Stage")
    read = back(("F.relu(x)", "F.gelu(x)"), document=net.document)
    assert read.issues == ()
    assert read.document.blocks["stage"] == net.document.blocks["stage"]
    assert "gelu" in {node.kind for node in read.document.blocks["step"].nodes.values()}


@pytest.mark.parametrize(
    "edit",
    [
        ("x = self.norm_1(x)", "x = self.norm_1(self.norm_1(x))"),
        ("F.relu(x)", "x[:, ::2]"),
        ("        return x\n\n\nclass", "        return x, x\n\n\nclass"),
        ("in_channels, channels=16, kernel=3", "in_channels, channels=16, kernel=3, **more"),
    ],
)
def test_a_class_that_no_block_can_be_is_shown_as_its_layers_or_told(edit: tuple[str, str]) -> None:
    code = CODE.replace(*edit)
    read = read_graph(code, TWO, lookup)
    assert "block_opened" in {issue.code for issue in read.issues}
    assert read.document.blocks == TWO.blocks


def test_an_edited_class_follows_a_later_change_of_the_graph() -> None:
    edited = CODE.replace("F.relu(x)", "F.gelu(x)  # smoother")
    read = read_graph(edited, TWO, lookup)
    changed = apply(TWO, [SetParams(id="step_1", params={"channels": 10})])
    merged = merge_cell(edited, TWO, changed, lookup)
    assert not merged.conflicts
    assert "F.gelu(x)  # smoother" in merged.code
    again = read_graph(merged.code, changed, lookup)
    assert again.document.nodes["step_1"].params == {"channels": 10}
    assert again.document.blocks == read.document.blocks
