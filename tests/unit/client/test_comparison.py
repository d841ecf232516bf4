"""Two runs side by side: equal is equal to the last digit, at every point."""

from __future__ import annotations

from datetime import UTC, datetime
from types import SimpleNamespace
from typing import Any

from patholearn_lab.client.comparison import compare
from patholearn_lab.jobs.models import Job, MetricPage, MetricPoint

NOW = datetime(2026, 1, 1, tzinfo=UTC)
CURVE = [0.9, 0.5, 0.1 + 0.2]


class Jobs:
    """Runs by id: the points of one curve, and the environment; pages hold two points."""

    def __init__(self, curves: dict[str, list[float]], environments: dict[str, dict[str, Any]] | None = None) -> None:
        self._curves = curves
        self._environments = environments or {}

    def metrics(self, id: str, after: int = 0) -> MetricPage:
        points = [
            MetricPoint(seq=seq, name="valid_loss", value=value, step=10 * seq, time=NOW)
            for seq, value in enumerate(self._curves[id], 1)
        ][after : after + 2]
        return MetricPage(points=tuple(points), next=points[-1].seq if points else after)

    def record(self, id: str) -> Any:
        return SimpleNamespace(environment=self._environments.get(id, {}))


def job(id: str, **test_metrics: float) -> Job:
    return Job(
        id=id, kind="training", name="Net", owner="ada", state="done", created_at=NOW, transitions=(),
        result={"test_metrics": test_metrics},
    )  # fmt: skip


def compared(jobs: Jobs, before: Job, again: Job) -> Any:
    return compare(jobs, before, again)  # type: ignore[arg-type]


def test_the_same_figures_are_equal() -> None:
    found = compared(Jobs({"a": CURVE, "b": CURVE}), job("a", test_accuracy=0.75), job("b", test_accuracy=0.75))
    assert found.equal
    assert str(found).splitlines() == [
        "figure         before               again",
        "valid_loss     0.30000000000000004  0.30000000000000004  equal",
        "test_accuracy  0.75                 0.75                 equal",
        "2 of 2 figures are equal to the last digit.",
    ]


def test_the_last_digit_counts() -> None:
    found = compared(Jobs({"a": CURVE, "b": [*CURVE[:2], 0.3]}), job("a"), job("b"))
    assert not found.equal
    assert "differs by 5.6e-17" in str(found)


def test_a_curve_that_went_another_way_to_the_same_end_differs() -> None:
    found = compared(Jobs({"a": CURVE, "b": [0.8, *CURVE[1:]]}), job("a"), job("b"))
    assert not found.equal
    assert "differs on the way" in str(found)


def test_a_figure_that_only_one_run_has_differs() -> None:
    found = compared(Jobs({"a": CURVE, "b": CURVE}), job("a", test_f1=0.5), job("b"))
    assert not found.equal
    assert str(found).splitlines()[-1] == "1 of 2 figures are equal to the last digit."


def test_what_was_different_is_said() -> None:
    environments = {
        "a": {"threads": 2, "packages": {"torch": "2.8"}},
        "b": {"threads": 4, "packages": {"torch": "2.9"}},
    }
    found = compared(Jobs({"a": CURVE, "b": CURVE}, environments), job("a"), job("b"))
    assert found.changes == ("threads was 2 and is 4", "torch was 2.8 and is 2.9")
    assert "What was different: threads was 2 and is 4; torch was 2.8 and is 2.9." in str(found)
