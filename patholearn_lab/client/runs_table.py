"""Several runs beside each other: in which settings they differ, and how far each came."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from pydantic import BaseModel, ConfigDict, computed_field

from patholearn_lab.errors import ConflictError, InvalidInputError

if TYPE_CHECKING:
    import pandas as pd

    from patholearn_lab.client.interface_jobs import Jobs
    from patholearn_lab.jobs.models import CurvePage, Job

MOST_RUNS = 20
"""More lines than that nobody tells apart."""
FEWEST_POINTS = 4
"""Of a curve of which only the first value, the last and the best are wanted."""


class RunColumn(BaseModel):
    """One run of a comparison.

    Parameters
    ----------
    id, name, state
        Of the job.
    settings
        What it was trained with: epochs, batch size, learning rate, seed, data set, the beginning of its code's hash.
    best
        The best value of each metric that is measured on valid or test.
    """

    model_config = ConfigDict(frozen=True)

    id: str
    name: str
    state: str
    settings: dict[str, Any]
    best: dict[str, float]


class RunsTable(BaseModel):
    """Runs, and what they differ in; ``print`` shows the table, and :meth:`frame` is one of pandas."""

    model_config = ConfigDict(frozen=True)

    runs: tuple[RunColumn, ...]

    @computed_field  # type: ignore[prop-decorator]
    @property
    def differences(self) -> dict[str, list[Any]]:
        """The settings in which the runs are not all alike, with the value of each run."""
        names = list(dict.fromkeys(name for run in self.runs for name in run.settings))
        values = {name: [run.settings.get(name) for run in self.runs] for name in names}
        return {name: row for name, row in values.items() if any(value != row[0] for value in row)}

    def frame(self) -> pd.DataFrame:
        """Return a row for each run: its name, the settings that differ, its best values."""
        import pandas as pd

        rows = [
            {
                "name": run.name,
                "state": run.state,
                **{name: run.settings.get(name) for name in self.differences},
                **run.best,
            }
            for run in self.runs
        ]
        return pd.DataFrame(rows, index=[run.id for run in self.runs])

    def __str__(self) -> str:
        return str(self.frame().to_string())


def runs_table(jobs: Jobs, ids: Sequence[str]) -> RunsTable:
    """Return the table of some runs, in the order of their `ids`.

    Raises
    ------
    InvalidInputError
        When there are more than 20 runs, or none.
    JobNotFoundError
        When one of them is not there.
    """
    ensure_comparable(len(ids))
    return RunsTable(runs=tuple(_column(jobs, jobs.get(id), jobs.curves(id, FEWEST_POINTS)) for id in ids))


def ensure_comparable(count: int) -> None:
    """Raise InvalidInputError unless so many runs can be compared."""
    if not 1 <= count <= MOST_RUNS:
        raise InvalidInputError(
            f"{count} runs cannot be compared.", f"Name from 1 to {MOST_RUNS}: more lines cannot be told apart."
        )


def _column(jobs: Jobs, job: Job, page: CurvePage) -> RunColumn:
    measured = {figure.name: figure.best for figure in page.figures if figure.name.startswith("valid_")}
    tested = {name: value for name, value in (job.result or {}).get("test_metrics", {}).items() if value is not None}
    return RunColumn(
        id=job.id, name=job.name, state=job.state, settings=_settings(jobs, job, page), best={**measured, **tested}
    )


def _settings(jobs: Jobs, job: Job, page: CurvePage) -> dict[str, Any]:
    try:
        record = jobs.record(job.id)
    except ConflictError:
        # It ended before it had opened its data.
        return {"dataset": job.labels.get("dataset")}
    settings = record.settings.model_dump(mode="json")
    # How the data is loaded: each rule is a setting like the others.
    settings |= settings.pop("data")
    if settings.get("learning_rate") is None and (rate := page.curves.get("learning_rate")):
        # The cell's own.
        settings["learning_rate"] = rate.values[0]
    return {**settings, "data version": record.dataset.version, "code": record.code_hash[:8]}
