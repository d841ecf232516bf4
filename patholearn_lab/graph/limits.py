"""How large a network may be here: what whoever runs the server decides."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from patholearn_lab.graph.issues import Issue, Totals


@dataclass(frozen=True)
class Limits:
    """The most that a network may have; None where anything goes.

    Parameters
    ----------
    layers
        Nodes between data set and output.
    parameters
        Numbers to learn.
    memory_mb
        Activations of one batch in 32-bit numbers, in MB (10^6 bytes). Training needs about twice as much.
    """

    layers: int | None = None
    parameters: int | None = None
    memory_mb: int | None = None


NO_LIMITS = Limits()
TOO_LARGE = frozenset({"too_many_layers", "too_many_weights", "too_much_memory"})
"""The codes of the issues that tell of a limit."""


def exceeded(limits: Limits, totals: Totals, batch_size: int) -> Iterator[Issue]:
    """Yield an error for every limit that a network exceeds; each names the limit and the value."""
    if limits.layers is not None and totals.layers > limits.layers:
        yield _issue(
            "too_many_layers",
            f"The network has {totals.layers:,} layers, but {limits.layers:,} are allowed here.",
            "Take some layers out.",
        )
    if limits.parameters is not None and totals.parameters > limits.parameters:
        yield _issue(
            "too_many_weights",
            f"The network has {totals.parameters:,} parameters, but {limits.parameters:,} are allowed here.",
            "Fewer filters, fewer outputs of a Linear, or more pooling before it make it smaller.",
        )
    memory_mb = totals.memory_bytes * batch_size / 1e6
    if limits.memory_mb is not None and memory_mb > limits.memory_mb:
        yield _issue(
            "too_much_memory",
            f"A batch of {batch_size:,} needs {memory_mb:,.1f} MB for what the layers give, "
            f"but {limits.memory_mb:,} MB are allowed here.",
            "A smaller batch size at the output, fewer filters, or pooling earlier needs less.",
        )


def _issue(code: str, message: str, way_out: str) -> Issue:
    return Issue(code=code, severity="error", message=f"{message} {way_out} (Whoever runs the server set this limit.)")
