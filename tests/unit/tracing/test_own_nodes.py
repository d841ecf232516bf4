"""A researcher's class becomes a node with its parameters, and its source comes along into the cell."""

from __future__ import annotations

import linecache
import sys
import textwrap
from collections.abc import Iterator
from itertools import count, pairwise
from typing import Any

import pytest
import torch
from support.graphs import SETS, graph, lookup

from patholearn_lab import node
from patholearn_lab.codegen import emit_cell, read_graph
from patholearn_lab.errors import InvalidInputError
from patholearn_lab.graph.catalog import catalog, catalog_json
from patholearn_lab.graph.check import check
from patholearn_lab.graph.document import Document, read_document, write_document
from patholearn_lab.graph.own_nodes import own_kinds
from patholearn_lab.graph.shapes import ShapeProblem
from patholearn_lab.widgets.own_kinds import OwnKinds

CELLS = count(1)


@pytest.fixture(autouse=True)
def _no_kind_is_left() -> Iterator[None]:
    yield
    for kind in own_kinds():
        catalog.remove(kind)


def notebook(code: str) -> dict[str, Any]:
    """Run a cell as a kernel does: its classes belong to ``__main__``, and Python knows its lines."""
    name = f"<cell {next(CELLS)}>"
    code = "from typing import Literal\nimport math\nimport torch\nfrom torch import nn\n" + textwrap.dedent(code)
    linecache.cache[name] = (len(code), None, code.splitlines(keepends=True), name)
    space: dict[str, Any] = {"__name__": "__main__", "node": node}
    exec(compile(code, name, "exec"), space)
    return space


GATE = '''
    @node(label="Gate", limits={"power": (1, 4)})
    class SoftGate(nn.Module):
        """Weighs every pixel by what its channels say."""

        def __init__(
            self,
            in_channels: int,
            power: int = 2,
            start: float = 1,
            mode: Literal["soft", "hard"] = "soft",
            bias: bool = True,
        ):
            super().__init__()
            self.score = nn.Conv2d(in_channels, 1, kernel_size=1, bias=bias)
            self.power, self.start, self.mode = power, start, mode

        def forward(self, x):
            gate = torch.sigmoid(self.score(x) * math.pi)
            return self.start * x * (gate if self.mode == "soft" else gate.round()) ** self.power
'''


def chain(dataset: str, layers: dict[str, Any]) -> Document:
    nodes = {"data": ("dataset", {"dataset": dataset}), **layers, "flatten_1": "flatten"}
    nodes |= {"linear_1": ("linear", {"out_features": len(SETS[dataset].classes)}), "output": "classification_output"}
    return graph(nodes, *(f"{above}>{below}" for above, below in pairwise(nodes)))


def run(code: str) -> Any:
    space: dict[str, Any] = {}
    exec(compile(code, "<emitted>", "exec"), space)
    return space["model"]


def test_a_class_is_on_the_palette_with_its_parameters() -> None:
    notebook(GATE)
    card = catalog_json()["kinds"]["own_soft_gate"]
    assert (card["label"], card["category"], card["stem"]) == ("Gate", "Own", "soft_gate")
    assert card["summary"] == "Weighs every pixel by what its channels say."
    assert [(param["name"], param["type"], param["default"]) for param in card["params"]] == [
        ("power", "int", 2),
        ("start", "float", 1.0),
        ("mode", "choice", "soft"),
        ("bias", "bool", True),
    ]
    assert (card["params"][0]["minimum"], card["params"][0]["maximum"]) == (1, 4)
    assert card["params"][2]["choices"] == ["soft", "hard"]


def test_its_shapes_and_cost_come_from_a_trial_and_its_cell_runs_without_us() -> None:
    notebook(GATE)
    document = chain("he_tissue", {"gate_1": ("own_soft_gate", {"power": 3, "bias": False})})
    result = check(document, lookup)
    facts = result.nodes["gate_1"]
    assert facts.outputs["output"] == (3, 64, 64)
    assert (facts.parameters, facts.multiply_adds) == (3, 3 * 64 * 64)
    code = emit_cell(document, lookup).code
    assert code.count("class SoftGate(nn.Module):") == 1
    assert "@node" not in code
    assert "patholearn_lab" not in code
    assert "import math\nfrom typing import Literal\n\nimport lightning as L\n" in code
    assert "self.gate_1 = SoftGate(3, power=3, bias=False)" in code
    model = run(code)
    assert model(torch.rand(2, 3, 64, 64)).shape == (2, 2)
    assert sum(parameter.numel() for parameter in model.parameters()) == result.totals.parameters


def test_its_cell_comes_back_as_the_same_graph() -> None:
    notebook(GATE)
    document = chain("he_tissue", {"gate_1": ("own_soft_gate", {"mode": "hard"})})
    read = read_graph(emit_cell(document, lookup).code, document, lookup)
    assert read.document == document
    assert read.issues == ()


def test_a_class_that_does_not_take_the_shape_is_an_issue_that_says_why() -> None:
    notebook('''
        @node
        class Halves(nn.Module):
            """Needs an even width."""
            def forward(self, x):
                return x.reshape(x.shape[0], x.shape[1], 2, 7, -1)
    ''')
    issues = check(chain("he_tissue", {"halves_1": "own_halves"}), lookup).issues
    (issue,) = [issue for issue in issues if issue.node == "halves_1"]
    assert issue.code == "own_node_fails"
    assert "Halves does not take 3 × 64 × 64 with these settings: RuntimeError" in issue.message


@pytest.mark.parametrize(
    ("returned", "words"),
    [("(x, x)", "gives tuple"), ("x.mean()", "the batch has to come first"), ("x.flatten(1)", "not of the type")],
)
def test_an_output_that_no_port_can_give_is_an_issue(returned: str, words: str) -> None:
    notebook(f"""
        @node
        class Odd(nn.Module):
            def forward(self, x):
                return {returned}
    """)
    shape = catalog["own_odd"].shape
    assert shape is not None
    with pytest.raises(ShapeProblem, match=words):
        shape({}, ((3, 8, 8),))


def test_equal_settings_and_shapes_are_tried_once() -> None:
    space = notebook("""
        made = []

        @node
        class Counted(nn.Module):
            def __init__(self, size: int = 1):
                super().__init__()
                self.note(size)
            @staticmethod
            def note(size, into=[]):
                into.append(size)
            def forward(self, x):
                return x
    """)
    counted = space["Counted"].note.__defaults__[0]
    document = chain("tiny", {"counted_1": "own_counted", "counted_2": ("own_counted", {"size": 2})})
    for _ in range(3):
        check(document, lookup)
    assert counted == [1, 2]


def test_a_shape_may_be_given_as_a_function_and_several_inputs_are_in_order() -> None:
    notebook("""
        @node(inputs={"x": "image", "weights": "vector"}, output="vector",
              shape=lambda image, vector, size: (size,))
        class Mixed(nn.Module):
            def __init__(self, in_channels: int, size: int = 5):
                super().__init__()
                self.to = nn.Linear(in_channels, size)
            def forward(self, x, weights):
                return self.to(x.mean(dim=(2, 3))) * weights.mean(dim=1, keepdim=True)
    """)
    spec = catalog["own_mixed"]
    assert [(port.name, port.types) for port in spec.inputs] == [("x", ("image",)), ("weights", ("vector",))]
    assert spec.shape is not None
    assert spec.shape({"size": 7}, ((3, 8, 8), (4,))) == (7,)
    assert spec.parameters({"size": 7}, ((3, 8, 8), (4,)), (7,)) == 3 * 7 + 7


def test_a_class_that_is_decorated_again_takes_the_place_of_the_first() -> None:
    notebook("@node\nclass Twice(nn.Module):\n    def forward(self, x):\n        return x\n")
    notebook("@node\nclass Twice(nn.Module):\n    def forward(self, x):\n        return 2 * x\n")
    assert own_kinds() == ["own_twice"]
    assert "return 2 * x" in catalog["own_twice"].source
    document = chain("tiny", {"twice_1": "own_twice"})
    assert read_graph(emit_cell(document, lookup).code, document, lookup).document == document


def test_a_class_of_a_module_is_imported_by_the_cell() -> None:
    from unit.tracing import own_layers

    assert sys.modules["unit.tracing.own_layers"] is own_layers
    node(own_layers.Doubled)
    code = emit_cell(chain("tiny", {"doubled_1": "own_doubled"}), lookup).code
    assert "from unit.tracing.own_layers import Doubled\n" in code
    assert "self.doubled_1 = Doubled()" in code
    assert run(code)(torch.rand(2, 1, 8, 8)).shape == (2, 10)


@pytest.mark.parametrize(
    ("code", "words"),
    [
        (
            "@node\nclass A(nn.Module):\n    def __init__(self, size): super().__init__()",
            "'size' of __init__ has no default",
        ),
        ("@node\nclass A(nn.Module):\n    def __init__(self, size: list = None): pass", "of the type list"),
        ("@node(limits={'odd': (1, 2)})\nclass A(nn.Module):\n    def forward(self, x): return x", "limits for 'odd'"),
        ("@node\nclass A:\n    pass", "is no class of nn.Module"),
        ("HERE = 3\n@node\nclass A(nn.Module):\n    def forward(self, x): return HERE * x", "uses 'HERE'"),
        ("@node\nclass A(nn.Module):\n    pass", "source of the class A cannot be found"),
        ("@node\nclass ClassToken(nn.Module):\n    def forward(self, x): return x", "name 'ClassToken' is taken"),
    ],
)
def test_a_class_that_can_be_no_node_is_refused_with_the_way_out(code: str, words: str) -> None:
    with pytest.raises(InvalidInputError, match=words):
        notebook(code)
    assert own_kinds() == []


def test_a_document_with_an_own_kind_stays_readable_elsewhere() -> None:
    notebook(GATE)
    document = chain("he_tissue", {"gate_1": ("own_soft_gate", {"power": 3})})
    text = write_document(document)
    catalog.remove("own_soft_gate")
    again = read_document(text)
    assert again == document
    assert "unknown_kind" in [issue.code for issue in check(again, lookup).issues]


class _Card:
    def shape(self) -> Any:
        return SETS["he_tissue"]


class _Datasets:
    def __init__(self) -> None:
        self.asked = 0

    def get(self, _id: str) -> _Card:
        self.asked += 1
        return _Card()


class _Client:
    def __init__(self) -> None:
        self.architectures = object()
        self.datasets = _Datasets()


def test_the_notebook_answers_for_graphs_once_it_has_kinds_of_its_own() -> None:
    client: Any = _Client()
    chosen = OwnKinds(lambda: client)
    assert chosen.architectures() is client.architectures
    notebook(GATE)
    answering = chosen.architectures()
    document = chain("he_tissue", {"gate_1": "own_soft_gate"})
    assert "own_soft_gate" in answering.catalog()["kinds"]
    assert answering.check(document).runnable
    assert answering.check(document).runnable
    assert "class SoftGate" in answering.emit(document).code
    assert client.datasets.asked == 1
