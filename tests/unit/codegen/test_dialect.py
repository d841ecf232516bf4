"""A cell whose author imports torch in another way follows the graph in the author's names."""

from __future__ import annotations

import ast

import pytest
from support.graphs import lookup

from patholearn_lab.codegen.dialect import in_dialect_of
from patholearn_lab.codegen.lightning import emit_cell
from patholearn_lab.codegen.merge import merge_cell
from patholearn_lab.graph.document import Edge, Node
from patholearn_lab.graph.operations import AddEdge, AddNode, RemoveEdge, SetParams, apply
from patholearn_lab.graph.templates import template

GRAPH = template("small_cnn", "tiny", lookup)
CELL = emit_cell(GRAPH, lookup).code
CONV = next(key for key, node in GRAPH.nodes.items() if node.kind == "conv2d")


@pytest.mark.parametrize(
    ("statement", "before", "after"),
    [
        ("import torch.nn as tnn", "nn.", "tnn."),
        ("from torch import nn as N", "nn.", "N."),
        ("from torch import nn\nfrom torch.nn import Conv2d, Dropout2d as Drop", "nn.Conv2d", "Conv2d"),
    ],
    ids=["import as", "from import as", "from torch.nn"],
)
def test_a_change_of_the_graph_is_written_with_the_imports_of_the_author(
    statement: str, before: str, after: str
) -> None:
    imported = CELL.replace("from torch import nn", statement, 1)
    head, body = imported.split("\n\n", 1)
    edited = f"{head}\n\n{body.replace(f' {before}', f' {after}').replace(f'({before}', f'({after}')}"
    edge, old = next((key, edge) for key, edge in GRAPH.edges.items() if edge.source == CONV)
    changed = apply(
        GRAPH,
        [
            SetParams(id=CONV, params={"out_channels": 11}),
            AddNode(id="drop", node=Node(kind="dropout2d")),
            RemoveEdge(id=edge),
            AddEdge(id="e90", edge=Edge(source=CONV, source_port="output", target="drop", target_port="input")),
            AddEdge(id="e91", edge=old.model_copy(update={"source": "drop"})),
        ],
    )
    merged = merge_cell(edited, GRAPH, changed, lookup)
    assert merged.conflicts == ()
    assert statement in merged.code
    layer = "Drop(" if "Drop" in statement else f"{after}Dropout2d("
    assert f"= {layer}" in merged.code
    channels = CELL.partition("nn.Conv2d(")[2].partition(",")[0]
    conv = after if after == "Conv2d" else f"{after}Conv2d"
    assert f"= {conv}({channels}, 11," in merged.code


@pytest.mark.parametrize(
    ("author", "code", "expected"),
    [
        ("import torch.nn as tnn", "from torch import nn\nx = nn.ReLU()", "import torch.nn as tnn\nx = tnn.ReLU()"),
        # The author's own nn is something else: the graph's name would not be theirs.
        (
            "import torch.nn as tnn\nnn = 3\n",
            "from torch import nn\nx = nn.ReLU()",
            "from torch import nn\nx = nn.ReLU()",
        ),
        # Both ways in one cell: the graph's way is the author's, too.
        (
            "from torch import nn\nfrom torch.nn import ReLU\na = nn.ReLU()",
            "from torch import nn\nx = nn.ReLU()",
            "from torch import nn\nx = nn.ReLU()",
        ),
        ("from torch.nn import *", "from torch import nn\nä = nn.ReLU()", "from torch import nn\nä = nn.ReLU()"),
        (
            "import torch.nn.functional as TF",
            "import torch.nn.functional as F\nä = F.relu(F.gelu(y))",
            "import torch.nn.functional as TF\nä = TF.relu(TF.gelu(y))",
        ),
    ],
    ids=["renamed", "taken", "both", "star", "nested"],
)
def test_code_is_translated_into_names_that_the_author_has(author: str, code: str, expected: str) -> None:
    assert in_dialect_of(ast.parse(author), code) == expected
