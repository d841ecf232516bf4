"""``search()``: many trainings with other settings, to find which are good."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from patholearn_lab.client.discovery import connect
from patholearn_lab.client.run import Run
from patholearn_lab.client.training import cell_label, sources_of
from patholearn_lab.errors import InvalidInputError
from patholearn_lab.training.search import read_search

if TYPE_CHECKING:
    import pandas as pd

    from patholearn_lab.client.interface import Client
    from patholearn_lab.jobs.models import Job

SEARCH, TRIAL, VALUES = "search", "trial", "values"
"""The labels of a trial's run: which search, which trial (from 1), and its settings as JSON."""


def search(
    model: Any,
    dataset: str | None,
    space: Mapping[str, Any],
    *,
    trials: int = 20,
    metric: str = "valid_loss",
    direction: str | None = None,
    at_once: int = 1,
    prune: bool = True,
    epochs: int | None = None,
    batch_size: int | None = None,
    learning_rate: float | None = None,
    seed: int = 0,
    name: str | None = None,
    client: Client | None = None,
) -> Search:
    """Train a network many times with other settings, and return the search at once. It goes on without the notebook.

    Each trial is a run like any other; what leads nowhere is stopped early.

    Parameters
    ----------
    model
        An architecture or an editor, a LightningModule class, or the code of a cell. Parameters of nodes can be
        searched with the first two alone.
    dataset
        The data set; the model's own where None.
    space
        What is tried, by name: a setting of the training (``learning_rate``, ``batch_size``, ``epochs``, ``seed``) or a
        node's parameter (``conv_1.out_channels``). The values are ``(low, high)``, ``(low, high, "log")`` or a list.
    trials
        How many.
    metric
        What is compared; the best value that a trial reaches counts.
    direction
        ``"minimize"`` or ``"maximize"``; told by the metric's name where None.
    at_once
        How many trials are in the queue at the same time.
    prune
        Whether trials are stopped that are worse than the median of the others at the same epoch.
    epochs, batch_size, learning_rate
        Of every trial, where they are not searched.
    seed
        Of the search and of every trial.
    name
        What the search is called.
    client
        Where to search; :func:`patholearn_lab.connect` where it is None.

    Raises
    ------
    JobSpecError
        When a dimension is none, or names nothing that can be searched.

    Examples
    --------
    >>> found = lab.search(net, "he_tissue", {"conv_1.out_channels": (8, 64), "learning_rate": (1e-4, 1e-1, "log")})
    ...                                   # doctest: +SKIP
    >>> found.wait().best.result          # doctest: +SKIP
    """
    from patholearn_lab.codegen.reading import read_cell

    client = client or connect()
    code, document = sources_of(model, client)
    settings = {"dataset": dataset, "epochs": epochs, "batch_size": batch_size, "learning_rate": learning_rate}
    training = {
        "code": code,
        "document": document,
        "graph": (document or {}).get("meta", {}).get("id"),
        "seed": seed,
        **{key: value for key, value in settings.items() if value is not None},
    }
    payload = {
        "training": training,
        "space": {key: dimension(key, values) for key, values in space.items()},
        "trials": trials,
        "metric": metric,
        "direction": direction,
        "at_once": at_once,
        "prune": prune,
        "seed": seed,
    }
    read_search(payload)
    labels = {"graph": training["graph"], "cell": cell_label(code), "dataset": dataset}
    job = client.jobs.submit(
        "search",
        payload,
        name=name or f"Search: {read_cell(code).class_name or 'network'}",
        labels={key: str(value) for key, value in labels.items() if value is not None},
    )
    return Search(client, job)


class Search(Run):
    """A search under way, or one that has ended; ``Search(lab.connect(), id)`` finds it again."""

    def trials(self) -> pd.DataFrame:
        """Return a row for each trial so far: its settings, state, epochs and best value."""
        import pandas as pd

        rows = [self._row(job) for job in self._jobs()]
        return pd.DataFrame(rows).set_index("trial") if rows else pd.DataFrame()

    @property
    def metric(self) -> str:
        """What is compared."""
        return str(self._told("metric", "valid_loss"))

    @property
    def best(self) -> Run | None:
        """The run of the best trial; None before the search has ended."""
        best = self._told("best", None)
        return Run(self._client, best["job"]) if best else None

    @property
    def importance(self) -> dict[str, float]:
        """How much of the differences between the trials each setting explains (fANOVA); empty before the end.

        Source: Hutter, Hoos and Leyton-Brown 2014, "An Efficient Approach for Assessing Hyperparameter Importance".
        """
        return dict(self._told("importance", {}))

    def _told(self, key: str, otherwise: Any) -> Any:
        return (self.result or {}).get(key, otherwise)

    def _jobs(self) -> list[Job]:
        found = self._client.jobs.list(kind="training", labels={SEARCH: self.id}, limit=1000)
        return sorted(found, key=lambda job: int(job.labels[TRIAL]))

    def _row(self, job: Job) -> dict[str, Any]:
        page = self._client.jobs.curves(job.id, 4)
        figure = next((figure for figure in page.figures if figure.name == self.metric), None)
        told = {each["job"]: each["state"] for each in self._told("trials", [])}
        return {
            "trial": int(job.labels[TRIAL]),
            **json.loads(job.labels[VALUES]),
            "state": told.get(job.id, job.state),
            self.metric: None if figure is None else figure.best,
            "epoch": None if figure is None else figure.best_epoch,
            "run": job.id,
        }

    def _ipython_display_(self) -> None:
        import importlib

        from IPython.display import display

        view = importlib.import_module("patholearn_lab.widgets.search_view").SearchView(self)
        display(view)  # type: ignore[no-untyped-call]


def dimension(name: str, values: Any) -> dict[str, Any]:
    """Return the values that a setting may take as a search has them.

    >>> dimension("learning_rate", (1e-4, 1e-1, "log"))
    {'low': 0.0001, 'high': 0.1, 'log': True}
    >>> dimension("batch_size", [16, 32])
    {'choices': [16, 32]}

    Raises
    ------
    InvalidInputError
        When they are neither a range nor a list.
    """
    if isinstance(values, list):
        return {"choices": values}
    if isinstance(values, tuple) and len(values) in (2, 3) and values[2:] in ((), ("log",)):
        return {"low": values[0], "high": values[1], "log": len(values) == 3}
    raise InvalidInputError(
        f"{name!r} cannot be searched in {values!r}.", "Write (low, high), (low, high, 'log'), or a list of values."
    )
