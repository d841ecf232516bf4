"""What a cell is, once emitted and once read back."""

from __future__ import annotations

from pydantic import BaseModel, ConfigDict

from patholearn_lab.graph.document import Document
from patholearn_lab.graph.issues import Severity
from patholearn_lab.graph.operations import Operation


class EmittedCell(BaseModel):
    """The cell of a graph.

    Parameters
    ----------
    code
        Python source that runs with torch and lightning alone.
    lines
        For each node, the first and last line (from 1) that it is responsible for.
    names
        For each node with a layer that ``__init__`` makes, what the code calls that layer; for a code node, under
        ``node.name``, what it calls each attribute that the node sets. Inside blocks: ``use/inner``.
    class_name
        The class of the network.
    hash
        SHA-256 of the code, in hexadecimal: tells an edited cell from an untouched one.
    """

    model_config = ConfigDict(frozen=True)

    code: str
    lines: dict[str, tuple[int, int]]
    names: dict[str, str] = {}
    class_name: str
    hash: str


class SyntaxProblem(BaseModel):
    """Why a cell is no Python, and where."""

    model_config = ConfigDict(frozen=True)

    line: int
    message: str


class CellFacts(BaseModel):
    """What a cell says about itself, read without running it.

    Parameters
    ----------
    class_name
        The last class that derives from a LightningModule, or None.
    settings
        The constants at the top that are written in capitals: ``{"DATASET": "he_tissue", "EPOCHS": 8}``.
    inputs
        What its ``forward`` takes, in order: ``("images",)`` where the cell does not say.
    targets
        What its outputs are compared with, each once: ``("labels",)`` where the cell does not say.
    syntax_error
        Why it is no Python, or None where it is.
    """

    model_config = ConfigDict(frozen=True)

    class_name: str | None = None
    settings: dict[str, bool | int | float | str | None] = {}
    inputs: tuple[str, ...] = ("images",)
    targets: tuple[str, ...] = ("labels",)
    syntax_error: SyntaxProblem | None = None


class CodeIssue(BaseModel):
    """Something in an edited cell that the graph cannot show, or shows otherwise.

    Parameters
    ----------
    code
        Which kind of issue it is.
    severity
        ``error``: the graph is not what the cell says there. ``warning``: it is, but look. ``advice``: good to know.
    line
        Where, from 1.
    message
        What and why, as a sentence.
    node
        The node that it is about, where there is one.
    """

    model_config = ConfigDict(frozen=True)

    code: str
    severity: Severity
    line: int
    message: str
    node: str | None = None


class ReadBack(BaseModel):
    """An edited cell, read back into its graph.

    Parameters
    ----------
    document
        The graph that the cell describes. What it says nothing about (places, notes, nodes that lead nowhere) stays.
    operations
        What leads there from the document that the reading began with: one undo step.
    issues
        What the graph cannot show, with lines.
    lines
        For each node, the first and last line (from 1) that it is responsible for.
    uses
        For each node, the first and last line of the statement of ``forward`` that computes it.
    complete
        Whether the graph says all that the cell says: no issue is an error.
    """

    model_config = ConfigDict(frozen=True, serialize_by_alias=True)

    document: Document
    operations: tuple[Operation, ...] = ()
    issues: tuple[CodeIssue, ...] = ()
    lines: dict[str, tuple[int, int]] = {}
    uses: dict[str, tuple[int, int]] = {}
    complete: bool = True


class Conflict(BaseModel):
    """Lines that the cell's author and the graph both changed. The author's stay in the cell.

    Parameters
    ----------
    line
        Where the author's lines stand in the merged cell, from 1.
    yours, graph
        Both versions; empty where one of them took the lines away.
    nodes
        The nodes that they are about.
    message
        What happened, as a sentence.
    """

    model_config = ConfigDict(frozen=True)

    line: int
    yours: str
    graph: str
    nodes: tuple[str, ...] = ()
    message: str


class Merged(BaseModel):
    """An edited cell after a change of its graph.

    Parameters
    ----------
    code
        The cell with the change put in, and everything else as its author left it.
    conflicts
        Where that could not be.
    """

    model_config = ConfigDict(frozen=True)

    code: str
    conflicts: tuple[Conflict, ...] = ()
