"""The table of edits: what people do to a cell, and what that does to the graph (``tests/golden/edits/edits.toml``)."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from typing import Any

from support.graphs import GOLDEN, lookup

from patholearn_lab.codegen import ReadBack, read_graph
from patholearn_lab.graph.diff import diff
from patholearn_lab.graph.document import Document, Meta, Node, read_document
from patholearn_lab.graph.topology import Topology

FOLDER = GOLDEN / "edits"


@dataclass(frozen=True)
class Edit:
    """One edit.

    Parameters
    ----------
    name
        What was done.
    document
        Whose cell is edited; both stand beside the table. Empty where `code` is a whole cell.
    replace
        Pairs of texts: what stood there, and what stands there now.
    code
        A whole cell, read without a graph from before.
    graph
        What becomes of the graph: the lines of its difference, or of the whole graph for a whole cell.
    issues
        What is said, each with the text of its line.
    """

    name: str
    document: str
    replace: tuple[tuple[str, str], ...]
    code: str
    graph: tuple[str, ...]
    issues: tuple[str, ...]

    def edited(self) -> str:
        """Return the cell after the edit."""
        if self.code:
            return self.code
        code = (FOLDER / f"{self.document}.py").read_text(encoding="utf-8")
        for before, after in self.replace:
            assert before in code, f"{self.name}: {before!r} does not stand in the cell"
            code = code.replace(before, after)
        return code

    def before(self) -> Document:
        """Return the graph before the edit."""
        if self.document:
            return read_document((FOLDER / f"{self.document}.arch.json").read_text(encoding="utf-8"))
        return Document(nodes={"data": Node(kind="dataset", params={"dataset": "he_tissue"})}, meta=Meta(id="case"))

    def outcome(self) -> tuple[tuple[str, ...], tuple[str, ...]]:
        """Return what reading the edited cell gives, in the form of `graph` and `issues`."""
        code, before = self.edited(), self.before()
        read = read_graph(code, before, lookup)
        shown = tuple(str(diff(before, read.document)).splitlines()) if self.document else drawn(read.document)
        return shown, issues_of(read, code)


def edits() -> list[Edit]:
    """Return the whole table."""
    raw: list[dict[str, Any]] = tomllib.loads((FOLDER / "edits.toml").read_text(encoding="utf-8"))["edit"]
    return [
        Edit(
            name=entry["name"],
            document=entry.get("document", ""),
            replace=tuple((before, after) for before, after in entry.get("replace", ())),
            code=entry.get("code", ""),
            graph=tuple(entry["graph"]),
            issues=tuple(entry.get("issues", ())),
        )
        for entry in raw
    ]


def count_edits() -> dict[str, int]:
    """Return the figures of the benchmark: ``{"edits_total": …, "edits_ok": …}``."""
    table = edits()
    return {"edits_total": len(table), "edits_ok": sum(edit.outcome() == (edit.graph, edit.issues) for edit in table)}


def drawn(document: Document) -> tuple[str, ...]:
    """Return a graph as lines: ``conv_1 = conv2d(out_channels=8) of data``, in the order of the network."""
    topology = Topology.of(document)
    lines = []
    for key in topology.order:
        node = document.nodes[key]
        settings = ", ".join(f"{name}={value}" for name, value in sorted(node.params.items()))
        sources = ", ".join(topology.sources(key))
        lines.append(f"{key} = {node.kind}({settings})" + (f" of {sources}" if sources else ""))
    return tuple(lines)


def issues_of(read: ReadBack, code: str) -> tuple[str, ...]:
    """Return issues as lines: their severity, their code, and the text of the line that they are about."""
    lines = code.splitlines()
    return tuple(f"{issue.severity} {issue.code}: {lines[issue.line - 1].strip()}" for issue in read.issues)
