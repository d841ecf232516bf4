"""How long work says how far it is, and learns that it should stop."""

from __future__ import annotations

from typing import Protocol

from patholearn_lab.errors import CancelledError


class Progress(Protocol):
    """What long work reports to. Implementations are quick: call them as often as is natural."""

    def report(self, done: float, total: float | None, stage: str = "") -> None:
        """Say that `done` of `total` units are finished; `total` is None where it is unknown."""

    def log(self, message: str) -> None:
        """Write one line for a person to read."""

    @property
    def cancelled(self) -> bool:
        """Whether somebody asked for the work to stop."""


class NoProgress:
    """The progress of work that nobody watches."""

    def report(self, done: float, total: float | None, stage: str = "") -> None:
        """Do nothing."""

    def log(self, message: str) -> None:
        """Do nothing."""

    @property
    def cancelled(self) -> bool:
        """Return False: nobody watches, so nobody cancels."""
        return False


def ensure_not_cancelled(progress: Progress) -> None:
    """Raise CancelledError where somebody asked for the work to stop."""
    if progress.cancelled:
        raise CancelledError("Stopped on request.")
