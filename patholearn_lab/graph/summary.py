"""A network as a table: what each layer gives, what it costs and how far it sees."""

from __future__ import annotations

from pydantic import BaseModel, ConfigDict

from patholearn_lab.graph.check import check
from patholearn_lab.graph.connections import name_of
from patholearn_lab.graph.document import Document
from patholearn_lab.graph.inputs import DatasetLookup
from patholearn_lab.graph.issues import Totals
from patholearn_lab.graph.kinds import kinds_of
from patholearn_lab.graph.shapes import show
from patholearn_lab.graph.topology import Topology

_HEADINGS = ("Layer", "Kind", "Output", "Parameters", "Multiply-adds", "Sees")
_RIGHT = (3, 4, 5)
"""Columns of numbers."""
_LONGEST = 40
"""Letters of a name; the rest is left out."""


class SummaryRow(BaseModel):
    """One node.

    Parameters
    ----------
    node, name, kind
        Its id, what people call it, and the label of its kind.
    output
        The shape at its first output, without the batch axis; None where it is not known.
    parameters, multiply_adds, receptive_field
        As in :class:`~patholearn_lab.graph.issues.NodeFacts`.
    """

    model_config = ConfigDict(frozen=True)

    node: str
    name: str
    kind: str
    output: tuple[int, ...] | None
    parameters: int
    multiply_adds: int
    receptive_field: int | None


class Summary(BaseModel):
    """A network as a table, in the order in which it is computed. ``str(summary)`` is the table as text."""

    model_config = ConfigDict(frozen=True)

    name: str
    rows: tuple[SummaryRow, ...]
    totals: Totals
    errors: int
    """How many things keep it from being trained."""

    def __str__(self) -> str:
        cells = [_HEADINGS, *map(_cells, self.rows)]
        widths = [max(len(row[column]) for row in cells) for column in range(len(_HEADINGS))]
        lines = ["  ".join(_padded(row, widths)).rstrip() for row in cells]
        rule = "─" * max(map(len, lines))
        totals = self.totals
        closing = [
            f"{totals.layers:,} layers, {totals.parameters:,} parameters "
            f"({_bytes(4 * totals.parameters)} as 32-bit numbers)",
            f"For one image: {totals.multiply_adds:,} multiply-adds, {_bytes(totals.memory_bytes)} of activations",
        ]
        if self.errors:
            closing.append(f"It cannot be trained yet: {self.errors} {'error' if self.errors == 1 else 'errors'}.")
        return "\n".join([self.name, rule, lines[0], rule, *lines[1:], rule, *closing])

    def _repr_pretty_(self, printer: object, cycle: bool) -> None:
        """Show the table in a notebook, not the data."""
        printer.text("…" if cycle else str(self))  # type: ignore[attr-defined]


def summarize(document: Document, lookup: DatasetLookup) -> Summary:
    """Return the table of a graph, whether or not it can be trained.

    Parameters
    ----------
    document
        The graph.
    lookup
        Finds its data set; shapes are empty where it does not.
    """
    result = check(document, lookup)
    topology = Topology.of(document)
    order = [*topology.order, *sorted(set(document.nodes) - set(topology.order))]
    rows = []
    for key in order:
        spec = kinds_of(document).get(document.nodes[key].kind)
        if spec is not None and spec.role == "metric":
            continue
        facts = result.nodes[key]
        rows.append(
            SummaryRow(
                node=key,
                name=name_of(document, key).strip("“”"),
                kind=spec.label if spec else document.nodes[key].kind,
                output=next(iter(facts.outputs.values()), None),
                parameters=facts.parameters,
                multiply_adds=facts.multiply_adds,
                receptive_field=facts.receptive_field,
            )
        )
    errors = sum(1 for issue in result.issues if issue.severity == "error")
    return Summary(name=document.meta.name, rows=tuple(rows), totals=result.totals, errors=errors)


def _cells(row: SummaryRow) -> tuple[str, ...]:
    return (
        row.name if len(row.name) <= _LONGEST else f"{row.name[: _LONGEST - 1]}…",
        row.kind if len(row.kind) <= _LONGEST else f"{row.kind[: _LONGEST - 1]}…",
        show(row.output) if row.output is not None else "?",
        f"{row.parameters:,}" if row.parameters else "",
        f"{row.multiply_adds:,}" if row.multiply_adds else "",
        f"{row.receptive_field:,} px" if row.receptive_field else "",
    )


def _padded(row: tuple[str, ...], widths: list[int]) -> list[str]:
    return [
        cell.rjust(width) if column in _RIGHT else cell.ljust(width)
        for column, (cell, width) in enumerate(zip(row, widths, strict=True))
    ]


def _bytes(count: int) -> str:
    for unit, size in (("GB", 10**9), ("MB", 10**6), ("kB", 10**3)):
        if count >= size:
            return f"{count / size:.1f} {unit}"
    return f"{count} bytes"
