"""The table of job kinds, and the one that joins training and serving: train, test, export, publish."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from patholearn_lab.jobs.context import JobContext

JOB_KINDS = {"training": "patholearn_lab.services.job_kinds:train"}


def train(payload: dict[str, Any], context: JobContext) -> dict[str, Any]:
    """Train the cell in `payload`, test it, export it and publish it."""
    raise NotImplementedError
