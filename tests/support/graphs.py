"""Data sets, documents and strategies for the tests of graphs and code."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from hypothesis import strategies as st

from patholearn_lab.graph.catalog import catalog
from patholearn_lab.graph.document import Document, read_document
from patholearn_lab.graph.inputs import DatasetShape
from patholearn_lab.graph.operations import OPERATIONS, Operation
from patholearn_lab.graph.spec import Param

GOLDEN = Path(__file__).parent.parent / "golden"

TISSUE = DatasetShape("he_tissue", "H&E tissue", "classification", 3, 64, 64, ("normal", "tumor"), 1_200)
MNIST = DatasetShape("mnist", "MNIST", "classification", 1, 28, 28, tuple("0123456789"), 60_000)
TINY = DatasetShape("tiny", "Tiny", "classification", 1, 8, 8, tuple("0123456789"), 1_400)
MASKS = DatasetShape("masks", "Masks", "segmentation", 3, 64, 64, ("background", "nucleus"), 200)
NUCLEI = DatasetShape(
    "nuclei",
    "Nuclei",
    "classification",
    3,
    32,
    32,
    ("normal", "tumor"),
    1_200,
    targets=("labels", "masks", "tags", "values"),
    mask_classes=("background", "nucleus", "vessel"),
    label_counts=(400, 800),
    mask_counts=(900_000, 300_000, 28_800),
)
PATIENTS = DatasetShape(
    "patients",
    "Patients",
    "classification",
    3,
    32,
    32,
    ("normal", "tumor"),
    1_200,
    features=("age", "smoker", "marker"),
)
SETS = {shape.id: shape for shape in (TISSUE, MNIST, TINY, MASKS, NUCLEI, PATIENTS)}


def lookup(dataset: str) -> DatasetShape | None:
    """Find one of the data sets above."""
    return SETS.get(dataset)


def golden_document(name: str) -> Document:
    """Read ``tests/golden/documents/<name>.arch.json``."""
    return read_document((GOLDEN / "documents" / f"{name}.arch.json").read_text(encoding="utf-8"))


def graph(nodes: dict[str, str | tuple[str, dict[str, Any]]], *edges: str, name: str = "Case") -> Document:
    """Make a document from ``{"conv_1": ("conv2d", {...})}`` and edges such as ``"data>conv_1"`` (first ports)."""
    made = {
        key: {"kind": value, "y": 120 * row}
        if isinstance(value, str)
        else {"kind": value[0], "params": value[1], "y": 120 * row}
        for row, (key, value) in enumerate(nodes.items())
    }
    wires = {}
    for number, text in enumerate(edges, 1):
        source, target = text.split(">")
        giving, taking = catalog[made[source]["kind"]], catalog[made[target]["kind"]]
        wires[f"e{number}"] = {
            "from": source,
            "fromPort": giving.outputs[0].name,
            "to": target,
            "toPort": taking.inputs[0].name,
        }
    return read_document(
        {"schemaVersion": 1, "nodes": made, "edges": wires, "groups": {}, "meta": {"id": "case", "name": name}}
    )


def values_for(param: Param) -> st.SearchStrategy[Any]:
    """Draw valid values of a parameter, small enough to compute with."""
    match param.type:
        case "int":
            numbers = st.integers(int(param.minimum or 0), min(int(param.maximum or 12), 12))
            return st.none() | numbers if param.default is None else numbers
        case "size":
            side = st.integers(int(param.minimum or 0), min(int(param.maximum or 12), 12))
            sizes = side | st.tuples(side, side)
            return st.none() | sizes if param.default is None else sizes
        case "float":
            return st.floats(param.minimum or 0.0, param.maximum or 1.0)
        case "bool":
            return st.booleans()
        case "choice":
            return st.sampled_from(param.choices)
        case "code":
            return st.just(param.default)
        case "ints":
            return st.none() | st.lists(st.integers(1, 12), min_size=1, max_size=3).map(tuple)
    return st.sampled_from(["", *SETS])


_IDS = st.sampled_from([f"n_{number}" for number in range(8)])
_ANY_VALUE = (
    st.none() | st.booleans() | st.integers(-5, 70) | st.floats(-2, 2, allow_nan=False) | st.sampled_from(["", *SETS])
)
_KINDS = st.sampled_from([*catalog, "quantum_layer"])
_PARAM_NAMES = sorted({param.name for spec in catalog.values() for param in spec.params})
_PARAMS = st.dictionaries(st.sampled_from([*_PARAM_NAMES, "oddity"]), _ANY_VALUE, max_size=4)
_PLACES = st.floats(-1000, 1000, allow_nan=False)


@st.composite
def _edges(draw: st.DrawFn) -> dict[str, str]:
    return {
        "from": draw(_IDS),
        "fromPort": draw(st.sampled_from(["output", "images", "scores", "side"])),
        "to": draw(_IDS),
        "toPort": draw(st.sampled_from(["input", "scores", "side"])),
    }


@st.composite
def operations(draw: st.DrawFn) -> Operation:
    """Draw one operation, sensible or not."""
    op = draw(
        st.sampled_from(
            ["addNode", "addNode", "addEdge", "addEdge", "addEdge", "setParams", "setKind", "moveNode", "removeNode"]
        )
    )
    raw: dict[str, Any] = {"op": op, "id": draw(_IDS)}
    if op == "addNode":
        raw["node"] = {"kind": draw(_KINDS), "params": draw(_PARAMS), "x": draw(_PLACES), "y": draw(_PLACES)}
    elif op == "addEdge":
        raw |= {"id": draw(st.sampled_from([f"e{number}" for number in range(12)])), "edge": draw(_edges())}
    elif op == "setParams":
        raw["params"] = draw(_PARAMS)
    elif op == "setKind":
        raw["kind"] = draw(_KINDS)
    elif op == "moveNode":
        raw |= {"x": draw(_PLACES), "y": draw(_PLACES)}
    return OPERATIONS.validate_python([raw])[0]
