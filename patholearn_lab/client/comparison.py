"""Two runs side by side: which of their figures are equal, to the last digit."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import groupby
from typing import TYPE_CHECKING

from pydantic import BaseModel, ConfigDict

from patholearn_lab.training.record import changes

if TYPE_CHECKING:
    from patholearn_lab.client.interface_jobs import Jobs
    from patholearn_lab.jobs.models import Job, MetricPoint

_HEAD = ("figure", "before", "again", "")


class Figure(BaseModel):
    """One figure of two runs. That of a curve is its last value; `equal` then speaks of all its points."""

    model_config = ConfigDict(frozen=True)

    name: str
    before: float | None
    again: float | None
    equal: bool


class Comparison(BaseModel):
    """Two runs side by side; ``print`` shows the table.

    `changes` says in words what the second run's environment differed in.
    """

    model_config = ConfigDict(frozen=True)

    figures: tuple[Figure, ...]
    changes: tuple[str, ...]

    @property
    def equal(self) -> bool:
        """Whether every figure came out again."""
        return all(figure.equal for figure in self.figures)

    def __str__(self) -> str:
        rows = [(each.name, _shown(each.before), _shown(each.again), _verdict(each)) for each in self.figures]
        widths = [max(len(row[column]) for row in [_HEAD, *rows]) for column in range(len(_HEAD))]
        lines = ["  ".join(map(str.ljust, row, widths)).rstrip() for row in [_HEAD, *rows]]
        count = sum(figure.equal for figure in self.figures)
        lines.append(f"{count} of {len(rows)} figures are equal to the last digit.")
        if self.changes:
            lines.append(f"What was different: {'; '.join(self.changes)}.")
        return "\n".join(lines)


def compare(jobs: Jobs, before: Job, again: Job) -> Comparison:
    """Return two finished trainings side by side: each curve, and each figure of the test.

    Raises
    ------
    ConflictError
        When one of them kept no record of what it used.
    """
    curves = [_curves(jobs, job.id) for job in (before, again)]
    tests = [(job.result or {}).get("test_metrics", {}) for job in (before, again)]
    figures = [_figure(name, *(each.get(name, []) for each in curves)) for name in sorted(curves[0] | curves[1])]
    figures += [
        _figure(name, *([(0, each[name])] if name in each else [] for each in tests))
        for name in sorted(tests[0] | tests[1])
    ]
    used = [jobs.record(job.id).environment for job in (before, again)]
    return Comparison(figures=tuple(figures), changes=tuple(changes(*used)))


def all_points(jobs: Jobs, id: str) -> Iterator[MetricPoint]:
    """Yield every metric point of a job so far."""
    after = 0
    while (page := jobs.metrics(id, after)).points:
        yield from page.points
        after = page.next


_Curve = list[tuple[int, float | None]]


def _curves(jobs: Jobs, id: str) -> dict[str, _Curve]:
    """Return the points ``(step, value)`` of every metric."""
    points = sorted(all_points(jobs, id), key=lambda point: (point.name, point.seq))
    grouped = groupby(points, key=lambda point: point.name)
    return {name: [(point.step, point.value) for point in curve] for name, curve in grouped}


def _figure(name: str, before: _Curve, again: _Curve) -> Figure:
    last = [curve[-1][1] if curve else None for curve in (before, again)]
    return Figure(name=name, before=last[0], again=last[1], equal=before == again)


def _shown(value: float | None) -> str:
    return "none" if value is None else repr(value)


def _verdict(figure: Figure) -> str:
    if figure.equal:
        return "equal"
    if figure.before is None or figure.again is None or figure.before == figure.again:
        return "differs on the way"
    return f"differs by {abs(figure.again - figure.before):.1e}"
