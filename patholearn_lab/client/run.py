"""One training, held in the hand: what a notebook gets from ``train()``, and finds again by its id."""

from __future__ import annotations

import tempfile
import threading
import zipfile
from pathlib import Path
from typing import TYPE_CHECKING, Any

from patholearn_lab.errors import CancelledError, ConflictError, PathoLearnError, UnavailableError, error_from_dict

if TYPE_CHECKING:
    import pandas as pd

    from patholearn_lab.client.comparison import Comparison
    from patholearn_lab.client.interface import Client
    from patholearn_lab.jobs.folder import Keep
    from patholearn_lab.jobs.levels import LogLevel
    from patholearn_lab.jobs.models import Job, LogLine, LogStream
    from patholearn_lab.services.events import Event
    from patholearn_lab.training.findings import Diagnosis
    from patholearn_lab.training.spec import CheckpointName

ASK_EVERY_S = 5.0
"""How often a waiting run asks although no event came: events are the quick way, asking is the sure one."""


class Run:
    """A job of kind ``training``.

    Parameters
    ----------
    client
        Where it runs.
    job
        The job as it was when it was last asked about, or its id.
    """

    def __init__(self, client: Client, job: Job | str) -> None:
        self._client = client
        self._job = client.jobs.get(job) if isinstance(job, str) else job

    @property
    def id(self) -> str:
        """The job's id: ``Run(lab.connect(), id)`` finds the run again, in any notebook."""
        return self._job.id

    @property
    def client(self) -> Client:
        """The client that the run asks."""
        return self._client

    @property
    def job(self) -> Job:
        """The job as it is now."""
        return self.refresh()._job

    @property
    def state(self) -> str:
        """The job's state now: queued, preparing, running, stopping, paused, done, failed, cancelled or lost."""
        return self.job.state

    @property
    def result(self) -> dict[str, Any] | None:
        """What the training gave: test metrics, confusion matrix, model, …; None before it is done."""
        return self.job.result

    @property
    def model(self) -> dict[str, Any] | None:
        """``{"name", "version"}`` of the trained model; None before it is done."""
        result = self.result
        return result["model"] if result else None

    def refresh(self) -> Run:
        """Ask about the job anew, unless it has ended; return the run."""
        if not self._job.final:
            self._job = self._client.jobs.get(self.id)
        return self

    def wait(self, timeout_s: float | None = None) -> Run:
        """Wait until the job has ended well, and return the run.

        Raises
        ------
        PathoLearnError
            When the job failed; the error is the job's own: a mistake in the cell is a CodeError with its line.
        CancelledError
            When the job was cancelled.
        UnavailableError
            When it still runs after `timeout_s` seconds. The job goes on.
        """
        ended = threading.Event()

        def look(event: Event) -> None:
            if event.topic != "jobs" or (event.data.get("id") == self.id):
                ended.set()

        unsubscribe = self._client.events.subscribe(look, ["jobs"])
        try:
            self._wait(ended, timeout_s)
        finally:
            unsubscribe()
        self._raise_unless_done()
        return self

    def cancel(self, keep: Keep | None = None) -> Run:
        """Ask the job to stop, and return the run at once.

        `keep` says what is kept: ``"best"`` or ``"last"`` makes a model of that epoch, ``"nothing"`` removes the
        checkpoints; with None they stay, so that :meth:`go_on` can begin there.
        """
        self._job = self._client.jobs.cancel(self.id, keep)
        return self

    def pause(self) -> Run:
        """Ask the training to stop for now, and return the run at once; :meth:`resume` lets it go on."""
        self._job = self._client.jobs.pause(self.id)
        return self

    def resume(self) -> Run:
        """Queue a paused training again, and return the run at once. It goes on from its last finished epoch."""
        self._job = self._client.jobs.resume(self.id)
        return self

    def retry(self, **changes: Any) -> Run:
        """Train this run again from the beginning, and return the new run at once.

        `changes` take the place of its own settings: ``run.retry(epochs=20, learning_rate=0.01)``.
        """
        return Run(self._client, self._client.jobs.copy(self.id, changes))

    def go_on(self, epochs: int, checkpoint: CheckpointName = "last", **changes: Any) -> Run:
        """Train on from a state of this run, and return the new run at once.

        Parameters
        ----------
        epochs
            How many more.
        checkpoint
            ``"last"`` goes on where it stopped, optimizer and all; ``"best"`` begins anew with its best weights.
        changes
            Other settings: ``learning_rate=0.0001``; with ``"best"`` also another ``dataset`` or ``code``.
        """
        return Run(self._client, self._client.jobs.copy(self.id, {**changes, "epochs": epochs}, checkpoint))

    def reproduce(self, *, anyway: bool = False) -> Run:
        """Train this run again as it was, and return the new run at once; :meth:`compare` tells how they agree.

        Raises
        ------
        ConflictError
            When this run is not done, its data is another one now, or the versions are others and `anyway` is False.
        """
        return Run(self._client, self._client.jobs.reproduce(self.id, anyway))

    def compare(self, other: Run) -> Comparison:
        """Return which figures of this run and another one are equal, and what their environments differ in.

        Examples
        --------
        >>> print(run.compare(run.reproduce().wait()))  # doctest: +SKIP
        """
        from patholearn_lab.client.comparison import compare

        return compare(self._client.jobs, self.job, other.job)

    def download_experiment(self, path: str | Path, *, data: bool = False) -> Path:
        """Write the run as a folder that trains on without PathoLearn Lab, and return where it is.

        It has ``train.py``, the network, the weights of the best epoch, ``requirements.txt``, ``environment.yml``, a
        ``Dockerfile`` and a ``README.md``; ``python train.py --help`` says what can be set.

        Parameters
        ----------
        path
            A file that ends in ``.zip``, or a folder, which is made.
        data
            Whether the samples of the data set go along. Mind whose they are before you hand them on.

        Raises
        ------
        ConflictError
            When the run has no weights yet, or the folder is not empty.
        """
        target = Path(path).expanduser()
        if target.suffix == ".zip":
            self._client.jobs.experiment(self.id, target, data)
            return target
        if target.exists() and (not target.is_dir() or any(target.iterdir())):
            raise ConflictError(f"{target} is there already, and not an empty folder.", "Name another folder.")
        target.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory() as scratch:
            packed = Path(scratch) / "experiment.zip"
            self._client.jobs.experiment(self.id, packed, data)
            with zipfile.ZipFile(packed) as archive:
                archive.extractall(target)
        return target

    def diagnosis(self) -> Diagnosis:
        """Return what went wrong, and what the curves say: overfitting, a learning rate that is too high, and more.

        Examples
        --------
        >>> print(run.diagnosis())                            # doctest: +SKIP
        >>> run.retry(**run.diagnosis().findings[0].remedies[0].changes)  # doctest: +SKIP
        """
        return self._client.jobs.diagnosis(self.id)

    def metrics(self) -> pd.DataFrame:
        """Return every metric point so far: columns ``name``, ``value``, ``step``, ``epoch``, ``time`` (UTC)."""
        import pandas as pd

        from patholearn_lab.client.comparison import all_points

        points = [point.model_dump(exclude={"seq"}) for point in all_points(self._client.jobs, self.id)]
        return pd.DataFrame(points, columns=["name", "value", "step", "epoch", "time"])

    def log(self) -> str:
        """Return the job's output so far, line by line in the order in which it was written."""
        return self._client.jobs.log_text(self.id).rstrip("\n")

    def logs(
        self,
        *,
        search: str = "",
        regex: str = "",
        stream: LogStream | None = None,
        session: int | None = None,
        level: LogLevel | None = None,
    ) -> list[LogLine]:
        """Return the lines of the job's output that are wanted, with their number, time, stream, session and level.

        Parameters
        ----------
        search
            Words that all have to occur, in any case.
        regex
            A regular expression that has to match.
        stream
            ``"stdout"``, ``"stderr"`` or ``"log"``, what the job says about itself.
        session
            Which process of the job, from 1: a job that was paused has several.
        level
            ``"warning"`` takes warnings and errors, ``"error"`` errors alone.

        Examples
        --------
        >>> [line.text for line in run.logs(level="warning")]  # doctest: +SKIP
        """
        lines: list[LogLine] = []
        after, more = 0, True
        while more:
            page = self._client.jobs.log(
                self.id, after, 10_000, search=search, regex=regex, stream=stream, session=session, level=level
            )
            lines += page.lines
            after, more = page.next, page.more
        return lines

    def __repr__(self) -> str:
        return f"<Run {self.id}: {self._job.name or self._job.kind}, {self._job.state}>"

    def _ipython_display_(self) -> None:
        # Imported only when a notebook shows a run: neither the server nor the command line loads widgets.
        import importlib

        from IPython.display import display

        view = importlib.import_module("patholearn_lab.widgets.run_view").RunView(self)
        display(view)  # type: ignore[no-untyped-call]

    def _wait(self, ended: threading.Event, timeout_s: float | None) -> None:
        import time

        deadline = None if timeout_s is None else time.monotonic() + timeout_s
        while not self.refresh()._job.final:
            left_s = ASK_EVERY_S if deadline is None else min(ASK_EVERY_S, deadline - time.monotonic())
            if left_s <= 0:
                raise UnavailableError(
                    f"The run {self.id} is still {self._job.state} after {timeout_s:g} seconds.",
                    "It goes on: call wait() again, or cancel() to stop it.",
                    id=self.id,
                )
            ended.wait(left_s)
            ended.clear()

    def _raise_unless_done(self) -> None:
        job = self._job
        if job.state == "done":
            return
        if job.error is not None:
            raise error_from_dict(job.error.model_dump(exclude={"traceback"}))
        if job.state == "cancelled":
            raise CancelledError(f"The run {self.id} was cancelled.", "Start it again with train().", id=self.id)
        raise PathoLearnError(
            f"The run {self.id} ended as {job.state}.", "run.log() shows what it wrote.", id=self.id, state=job.state
        )
