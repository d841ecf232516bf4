"""Where a training writes: the part of the job's context that it needs, and nothing of jobs beyond it."""

from __future__ import annotations

from pathlib import Path
from typing import Literal, Protocol

from patholearn_lab.progress import Progress


class Recorder(Progress, Protocol):
    """A run folder, and a place for metrics, besides progress."""

    @property
    def folder(self) -> Path:
        """The run folder."""

    @property
    def keep(self) -> Literal["best", "last", "nothing"] | None:
        """Which state whoever asked for the training to stop wants a model of."""

    def metric(self, name: str, value: float, *, step: int, epoch: int | None = None) -> None:
        """Write one point of a curve. `step` counts the optimizer's steps from 0."""
