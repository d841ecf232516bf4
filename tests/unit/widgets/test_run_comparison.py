from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import bqplot
import pytest
from unit.widgets.run_fakes import FakeClient, make_job

from patholearn_lab.client.runs_table import RunsTable, runs_table
from patholearn_lab.datasets.loading_rules import LoadingRules
from patholearn_lab.errors import ConflictError, InvalidInputError
from patholearn_lab.jobs.models import CurveFigure, CurvePage, CurvePoints
from patholearn_lab.training.spec import FitSettings
from patholearn_lab.widgets.run_comparison import RunComparison, compare


def page(*values: float) -> CurvePage:
    count = len(values)
    curve = CurvePoints(
        steps=list(range(count)), epochs=list(range(count)), times=[0.0] * count, values=list(values), total=count
    )
    best = CurveFigure(name="valid_loss", last=values[-1], last_epoch=count, best=min(values), best_epoch=1)
    rates = curve.model_copy(update={"values": [0.01] * count})
    return CurvePage(
        curves={"valid_loss": curve, "train_loss": curve, "train_loss_step": curve, "learning_rate": rates},
        figures=(best,),
        next=count,
    )


class Jobs:
    """Runs with curves and records."""

    def __init__(self, *rates: float | None) -> None:
        self.rates = {f"run-{place}": rate for place, rate in enumerate(rates, start=1)}

    def get(self, id: str) -> Any:
        return make_job(id, "done", name=f"Net {id[-1]}", result={"test_metrics": {"test_accuracy": 0.9}})

    def curves(self, id: str, points: int = 1000) -> CurvePage:
        return page(0.9, 0.5, 0.1 * int(id[-1]))

    def compare(self, ids: list[str]) -> RunsTable:
        return runs_table(self, ids)  # type: ignore[arg-type]

    def record(self, id: str) -> Any:
        if self.rates[id] == 0:
            raise ConflictError("It kept no record.")
        settings = FitSettings(dataset="tissue", epochs=3, batch_size=8, learning_rate=self.rates[id], seed=0)
        return SimpleNamespace(settings=settings, dataset=SimpleNamespace(version=1), code_hash="abcdef0123")


def comparison(*rates: float | None) -> RunComparison:
    client = FakeClient()
    client.jobs = Jobs(*rates)  # type: ignore[assignment]
    return compare([*client.jobs.rates], client=client)  # type: ignore[attr-defined, arg-type]


def figures(shown: RunComparison) -> list[bqplot.Figure]:
    return list(shown._box.children)


def test_runs_are_told_by_what_they_differ_in() -> None:
    shown = comparison(0.1, 0.001)
    assert shown.table.differences == {"learning_rate": [0.1, 0.001]}
    assert shown.table.runs[1].best == {"valid_loss": 0.2, "test_accuracy": 0.9}
    frame = shown.table.frame()
    assert frame["learning_rate"].tolist() == [0.1, 0.001]
    assert list(frame.index) == ["run-1", "run-2"]
    assert "run" in shown._html.value.lower()
    shown.close()


def test_the_cells_own_learning_rate_is_that_of_its_first_epoch() -> None:
    shown = comparison(None, 0.001)
    assert shown.table.differences == {"learning_rate": [0.01, 0.001]}
    shown.close()


def test_rules_of_loading_are_settings_like_the_others(monkeypatch: pytest.MonkeyPatch) -> None:
    jobs = Jobs(0.1, 0.1)
    plain = jobs.record("run-1")
    other = plain.settings.model_copy(update={"data": LoadingRules(normalization="imagenet")})
    records = {"run-1": plain, "run-2": SimpleNamespace(**{**vars(plain), "settings": other})}
    monkeypatch.setattr(jobs, "record", records.__getitem__)
    assert jobs.compare([*records]).differences == {"normalization": ["set", "imagenet"]}


def test_a_run_that_kept_no_record_is_shown_all_the_same() -> None:
    shown = comparison(0.1, 0)
    assert shown.table.differences["learning_rate"] == [0.1, None]
    shown.close()


def test_each_run_is_a_line_of_its_own_color_and_can_be_hidden() -> None:
    shown = comparison(0.1, 0.2, 0.3)
    (loss,) = figures(shown)
    assert len({tuple(line.colors) for line in loss.marks}) == 3
    shown.shown[1].value = False
    (loss,) = figures(shown)
    assert [round(float(line.y[-1]), 1) for line in loss.marks] == [0.1, 0.3]
    shown.split.value = "train"
    assert [figure.title for figure in figures(shown)] == ["Loss"]
    shown.close()


@pytest.mark.parametrize("count", [0, 21])
def test_none_and_too_many_runs_are_refused(count: int) -> None:
    with pytest.raises(InvalidInputError, match=f"^{count} runs cannot be compared"):
        compare(*["run-1"] * count)
