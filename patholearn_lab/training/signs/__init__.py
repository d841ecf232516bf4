"""The signs that curves are read by. Each is a pure function of a :class:`~patholearn_lab.training.history.History`.

A sign that is there explains others away: of a training that diverges it says nothing that it also underfits.
"""

from __future__ import annotations

from collections.abc import Callable

from patholearn_lab.training.findings import Finding
from patholearn_lab.training.history import History
from patholearn_lab.training.signs.data import class_imbalance, few_valid, leak_suspected
from patholearn_lab.training.signs.fit import overfitting, plateau, underfitting
from patholearn_lab.training.signs.rate import divergence, rate_too_high, rate_too_low

Sign = Callable[[History], Finding | None]

SIGNS: tuple[Sign, ...] = (
    divergence,
    rate_too_high,
    rate_too_low,
    leak_suspected,
    overfitting,
    underfitting,
    plateau,
    class_imbalance,
    few_valid,
)
"""The gravest first."""

EXPLAINS: dict[str, frozenset[str]] = {
    "divergence": frozenset({"rate_too_high", "rate_too_low", "overfitting", "underfitting", "plateau"}),
    "rate_too_high": frozenset({"rate_too_low", "underfitting", "plateau"}),
    "rate_too_low": frozenset({"underfitting", "plateau"}),
    "underfitting": frozenset({"plateau"}),
}
"""Which other findings each one makes needless."""


def read_curves(history: History) -> tuple[Finding, ...]:
    """Return what the curves of a run say, the gravest first."""
    found = [finding for sign in SIGNS if (finding := sign(history)) is not None]
    explained = frozenset[str]().union(*(EXPLAINS.get(finding.code, frozenset()) for finding in found))
    return tuple(finding for finding in found if finding.code not in explained)
