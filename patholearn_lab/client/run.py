"""One training, held in the hand: what a notebook gets from ``train()``, and finds again by its id."""

from __future__ import annotations

import tempfile
import zipfile
from pathlib import Path
from typing import TYPE_CHECKING, Any

from patholearn_lab.client.job_handle import JobHandle
from patholearn_lab.errors import ConflictError

if TYPE_CHECKING:
    import pandas as pd

    from patholearn_lab.client.comparison import Comparison
    from patholearn_lab.client.evaluation import Evaluation
    from patholearn_lab.datasets.manifest import Split
    from patholearn_lab.tracing.architecture import Architecture
    from patholearn_lab.training.findings import Diagnosis
    from patholearn_lab.training.spec import CheckpointName


class Run(JobHandle):
    """A job of kind ``training``.

    Parameters
    ----------
    client
        Where it runs.
    job
        The job as it was when it was last asked about, or its id.
    """

    @property
    def model(self) -> dict[str, Any] | None:
        """``{"name", "version"}`` of the trained model; None before it is done."""
        result = self.result
        return result["model"] if result else None

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

    def evaluate(
        self,
        dataset: str | None = None,
        split: Split = "test",
        *,
        checkpoint: CheckpointName = "best",
        version: int | None = None,
        batch_size: int | None = None,
    ) -> Evaluation:
        """Measure the network of this run on a split of its own data or of other data; return the job at once.

        Parameters
        ----------
        dataset
            Its own where None. Another one has to have the same classes.
        split
            ``"train"``, ``"valid"`` or ``"test"``.
        checkpoint
            The weights of the ``"best"`` or of the ``"last"`` epoch.
        version
            Which version of the data set.
        batch_size
            Samples at once; as in the training where None.

        Examples
        --------
        >>> run.evaluate("other-hospital").wait().confusion  # doctest: +SKIP
        """
        from patholearn_lab.client.evaluation import begin_evaluation

        subject = {"run": self.id, "checkpoint": checkpoint}
        return begin_evaluation(self._client, subject, self._job.name, dataset, split, version, batch_size)

    def export(self, name: str | None = None, *, checkpoint: CheckpointName = "best") -> Run:
        """Make a model of this run's weights, and return the job at once; its :attr:`model` is the new one.

        A training does that by itself when it is done. This is for one that was cancelled or failed after an epoch,
        for its last weights, or for another name. The network is tested, exported to ONNX, and both are compared.

        Parameters
        ----------
        name
            What to publish it as; as the training would have been where None.
        checkpoint
            The weights of the ``"best"`` or of the ``"last"`` epoch.

        Examples
        --------
        >>> run.export("u-net", checkpoint="last").wait().model  # doctest: +SKIP
        """
        payload = {"run": self.id, "checkpoint": checkpoint, "name": name}
        labels = {"run": self.id}
        return Run(self._client, self._client.jobs.submit("export", payload, self._job.name, labels))

    def compare(self, other: Run) -> Comparison:
        """Return which figures of this run and another one are equal, and what their environments differ in.

        Examples
        --------
        >>> print(run.compare(run.reproduce().wait()))  # doctest: +SKIP
        """
        from patholearn_lab.client.comparison import compare

        return compare(self._client.jobs, self.job, other.job)

    @property
    def drawing(self) -> Architecture:
        """The drawing that the run was started with, as an architecture of your own to look at or compare.

        Raises
        ------
        ConflictError
            When the run was started from code that nobody drew.
        """
        from patholearn_lab.tracing.architecture import Architecture

        return Architecture(self._client.jobs.drawing(self.id))

    def fork(self, name: str) -> Architecture:
        """Return a new drawing that begins as that of the run, with an id and a history of its own.

        Raises
        ------
        ConflictError
            When the run was started from code that nobody drew.

        Examples
        --------
        >>> run.fork("wider").save("wider.arch.json")  # doctest: +SKIP
        """
        from patholearn_lab.tracing.architecture import Architecture

        return Architecture(self._client.jobs.fork(self.id, name))

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

    def _ipython_display_(self) -> None:
        # Imported only when a notebook shows a run: neither the server nor the command line loads widgets.
        import importlib

        from IPython.display import display

        view = importlib.import_module("patholearn_lab.widgets.run_view").RunView(self)
        display(view)  # type: ignore[no-untyped-call]
