"""A run on the screen: a header that tells how it stands, and its curves below. Shared by RunView and TrainingPanel."""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import anywidget
import ipywidgets
import traitlets

from patholearn_lab.errors import TooLargeError
from patholearn_lab.widgets.assets import script, styles
from patholearn_lab.widgets.curves import Curves
from patholearn_lab.widgets.main_loop import MainLoop
from patholearn_lab.widgets.rpc import Rpc
from patholearn_lab.widgets.run_follower import RunFollower, RunNews

if TYPE_CHECKING:
    from patholearn_lab.client.interface import Client
    from patholearn_lab.client.run import Run
    from patholearn_lab.jobs.models import Job
    from patholearn_lab.training.findings import Diagnosis

RUN_MIME = "application/vnd.patholearn.run+json"
"""Beside the widget in a cell's output: which run is meant, so that JupyterLab shows it when the kernel is gone."""

WAITING = "The curves of loss and accuracy appear here after the first epoch."
WITHOUT = {
    "queued": "The training has not begun: other jobs run first. " + WAITING,
    "preparing": "The training is being prepared. " + WAITING,
    "running": "The first epoch is under way. " + WAITING,
    "stopping": "The training stops.",
}
"""What stands in the place of the curves, by state; nothing where the job has ended without any."""


MAX_DOWNLOAD_BYTES = 500_000_000
"""Of an experiment that travels in one message from the kernel to the browser."""


class RunHeader(anywidget.AnyWidget):
    """The view of one job: state, progress, log, failure, result.

    Attributes
    ----------
    job
        The job as JSON, as it was last seen; None where there is none yet.
    problem
        Why the job could not be read just now, as ``{error, message, hint, details}``, or None.
    diagnosis
        What the curves say, as :class:`patholearn_lab.training.findings.Diagnosis` has it; None while not known.
    finding
        The code of the finding whose evidence is drawn on the curves; empty for that of all.
    shown
        The id of the job that the view wants to be shown: one that it has started from this one.
    """

    _esm = script("run-view")
    _css = styles("run-view")

    job = traitlets.Dict(allow_none=True, default_value=None).tag(sync=True)
    problem = traitlets.Dict(allow_none=True, default_value=None).tag(sync=True)

    diagnosis = traitlets.Dict(allow_none=True, default_value=None).tag(sync=True)
    finding = traitlets.Unicode("").tag(sync=True)
    shown = traitlets.Unicode("").tag(sync=True)

    def __init__(self, client: Callable[[], Client], **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.layout.width = "100%"
        self._client = client
        self.rpc = Rpc(self, client, self.own_calls())

    def own_calls(self) -> Mapping[str, Callable[..., Any]]:
        """Return what this header's view may call besides the client's methods."""
        return {"jobs.experiment": self.experiment}

    def experiment(self, id: str) -> bytes:
        """Return the zip of a run that trains on elsewhere, for the browser to save.

        Raises
        ------
        TooLargeError
            When it is too large for a message.
        """
        with tempfile.TemporaryDirectory() as scratch:
            path = Path(scratch) / "experiment.zip"
            self._client().jobs.experiment(id, path)
            size = path.stat().st_size
            if size > MAX_DOWNLOAD_BYTES:
                raise TooLargeError(
                    f"The experiment has {size / 1e6:.0f} MB, too much for a browser to take from a notebook.",
                    f'Write it with: Run(lab.connect(), "{id}").download_experiment("experiment.zip")',
                    limit=MAX_DOWNLOAD_BYTES,
                )
            return path.read_bytes()

    def close(self) -> None:
        """Close the view and end its calls."""
        if hasattr(self, "rpc"):
            self.rpc.close()
        super().close()


class RunDisplay(ipywidgets.VBox):  # type: ignore[misc]
    """A header over curves, kept up to date with one job at a time.

    Parameters
    ----------
    header
        Shows the job.
    client
        Gives the client; asked when it is needed.
    record
        What the output says of the run for the time after the kernel: ``{"job": id}``, or the label of its newest
        training: ``{"graph": id}``, ``{"cell": digest}``.
    """

    def __init__(self, header: RunHeader, client: Callable[[], Client], record: Mapping[str, str]) -> None:
        self.curves = Curves()
        self.header = header
        self._record = dict(record)
        self._client = client
        self._loop = MainLoop()
        self._follower: RunFollower | None = None
        super().__init__([header, self.curves.box], layout=ipywidgets.Layout(width="100%"))
        self.add_class("plab-run-display")
        self._diagnosis: Diagnosis | None = None
        header.observe(lambda _change: self._mark(), "finding")
        header.observe(lambda change: self.follow(client().jobs.get(change["new"])), "shown")

    @property
    def run(self) -> Run | None:
        """The run that is shown, as the client's object with ``wait()``, ``cancel()`` and ``result``; or None."""
        from patholearn_lab.client.run import Run

        return None if self._follower is None else Run(self._client(), self._follower.job_id)

    def follow(self, job: Job) -> None:
        """Show `job` from now on instead of the one before. Call it on the kernel's main loop."""
        self.unfollow()
        self.curves.clear()
        self._diagnosis = None
        self.header.set_trait("diagnosis", None)
        self.header.finding = ""
        self._show(RunNews(job, (), None))
        self._follower = RunFollower(self._client(), job.id, self._show, self._loop)
        self._follower.start()

    def unfollow(self) -> None:
        """Show no further news of the job."""
        if self._follower is not None:
            self._follower.close()

    def _repr_mimebundle_(self, **kwargs: Any) -> dict[str, Any]:
        bundle: dict[str, Any] = super()._repr_mimebundle_(**kwargs)
        return {**bundle, RUN_MIME: self._record}

    def close(self) -> None:
        """Stop following, and close the header, the curves and the box."""
        if hasattr(self, "header"):
            self.unfollow()
            self.header.close()
            self.curves.close()
        super().close()

    def _show(self, news: RunNews) -> None:
        self.curves.add(news.points)
        if news.job is not None:
            self.curves.say(WITHOUT.get(news.job.state, ""))
            self.header.job = news.job.model_dump(mode="json")
            begun = [step.at for step in news.job.transitions if step.state == "preparing"]
            self.curves.mark_sessions(begun[1:])
            result = news.job.result or {}
            tested = {name: value for name, value in result.get("test_metrics", {}).items() if value is not None}
            self.curves.mark_tested(tested, result.get("best_epoch") or result.get("epochs") or 0)
        if news.diagnosis is not None:
            self._diagnosis = news.diagnosis
            self.header.diagnosis = news.diagnosis.model_dump(mode="json")
            self._mark()
        self.header.set_trait("problem", news.problem and news.problem.to_dict())

    def _mark(self) -> None:
        """Draw the evidence of the finding that somebody points to; of all where nobody does."""
        findings = self._diagnosis.findings if self._diagnosis else ()
        shown = [each for each in findings if self.header.finding in ("", each.code)]
        self.curves.mark([evidence for each in shown for evidence in each.evidence])


class SharedClient:
    """A client that is asked for once, by whoever needs it first.

    Parameters
    ----------
    client
        Taken as it is where one is given (tests, a server of one's own); else :func:`patholearn_lab.client.connect`.
    """

    def __init__(self, client: Client | None = None) -> None:
        self._client = client

    def __call__(self) -> Client:
        """Return the client."""
        if self._client is None:
            from patholearn_lab.client import connect

            self._client = connect()
        return self._client
