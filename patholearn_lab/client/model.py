"""A model, held in the hand: asked about one picture, about whole data sets, and measured."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from patholearn_lab.client.discovery import connect
from patholearn_lab.client.evaluation import Evaluation, begin_evaluation
from patholearn_lab.client.predicting import model_of, predict
from patholearn_lab.client.predictions import Predictions

if TYPE_CHECKING:
    from patholearn_lab.client.interface import Client
    from patholearn_lab.client.models import PredictionResult
    from patholearn_lab.datasets.manifest import Split
    from patholearn_lab.serving.models import ModelManifest


class Model:
    """A version of a model.

    Parameters
    ----------
    model
        The name of a model; or a run, whose model it is; or the editor (or an architecture), whose newest model it is.
    version
        The version of a named model; the newest where it is None.
    client
        Where the models are; :func:`~patholearn_lab.client.connect` where it is None.

    Raises
    ------
    ModelNotFoundError
        When there is no such model, or the run or drawing has none yet.

    Examples
    --------
    >>> Model("u-net").predict_dataset("he_tissue", "test").table()  # doctest: +SKIP
    """

    def __init__(self, model: Any, version: int | None = None, *, client: Client | None = None) -> None:
        self._client = client or connect()
        self._ref = model_of(model, version, self._client)

    @property
    def name(self) -> str:
        """What it is called."""
        return self._ref.name

    @property
    def version(self) -> int:
        """Which version."""
        return self._ref.version

    @property
    def manifest(self) -> ModelManifest:
        """What is written about it: inputs, outputs, test metrics, where it comes from."""
        return self._client.models.get(self.name, self.version)

    def predict(self, picture: Any = None, **asked: Any) -> PredictionResult:
        """Ask about one picture or one sample, and wait for the answer; see :func:`patholearn_lab.predict`."""
        return predict(self.name, picture, version=self.version, client=self._client, **asked)

    def predict_dataset(
        self,
        dataset: str | None = None,
        split: Split | None = None,
        *,
        version: int | None = None,
        probabilities: bool = True,
    ) -> Predictions:
        """Ask about every sample of a data set; return the job at once.

        Parameters
        ----------
        dataset
            The one that it was trained on where None.
        split
            ``"train"``, ``"valid"`` or ``"test"``; all where None.
        version
            Which version of the data set.
        probabilities
            Whether the numbers of each output are kept in a zarr beside the table. Those of masks are large.
        """
        asked = {"dataset": dataset, "split": split, "dataset_version": version, "probabilities": probabilities}
        return self._begin(asked, {"dataset": dataset or self.manifest.dataset})

    def predict_folder(self, folder: str | Path, *, probabilities: bool = True) -> Predictions:
        """Ask about every picture in a folder on the server's machine, and below it; return the job at once.

        A picture that cannot be read is named in the job's log, and left out.
        """
        return self._begin({"folder": str(Path(folder).expanduser().absolute()), "probabilities": probabilities}, {})

    def evaluate(
        self,
        dataset: str | None = None,
        split: Split = "test",
        *,
        version: int | None = None,
        batch_size: int | None = None,
    ) -> Evaluation:
        """Measure the model as it is served on a split of its own data or of other data; return the job at once.

        Parameters
        ----------
        dataset
            The one that it was trained on where None. Another one has to have the same classes.
        split
            ``"train"``, ``"valid"`` or ``"test"``.
        version
            Which version of the data set.
        batch_size
            Samples at once.
        """
        subject = {"model": self._ref.model_dump()}
        return begin_evaluation(self._client, subject, self.name, dataset, split, version, batch_size)

    def __repr__(self) -> str:
        return f"<Model {self.name} version {self.version}>"

    def _begin(self, asked: dict[str, Any], labels: dict[str, str]) -> Predictions:
        payload = {"model": self._ref.model_dump(), **asked}
        return Predictions(
            self._client, self._client.jobs.submit("prediction", payload, self.name, {"model": self.name, **labels})
        )
