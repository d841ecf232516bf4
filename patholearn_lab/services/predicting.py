"""The kind of job that asks a model about a whole data set, or about a folder of pictures."""

from __future__ import annotations

from pathlib import Path, PurePath
from typing import TYPE_CHECKING, Any, Self

from pydantic import BaseModel, ConfigDict, Field, field_validator, model_validator

from patholearn_lab.datasets.manifest import Split
from patholearn_lab.errors import ImageError, InvalidInputError
from patholearn_lab.jobs.payloads import read_payload
from patholearn_lab.paths import NAME_PATTERN
from patholearn_lab.services.trained import ModelChoice

if TYPE_CHECKING:
    from collections.abc import Iterator

    from patholearn_lab.datasets.store import DatasetStore
    from patholearn_lab.jobs.context import JobContext
    from patholearn_lab.serving.models import ModelManifest
    from patholearn_lab.serving.predict import Question

KIND = "prediction"
MAX_PICTURES = 1_000_000
ENDINGS = frozenset({".png", ".jpg", ".jpeg", ".tif", ".tiff", ".bmp", ".webp"})
"""What counts as a picture in a folder."""


class PredictionSpec(BaseModel):
    """The payload of a job of kind ``prediction``.

    Parameters
    ----------
    model
        Which model.
    dataset, dataset_version
        About which data set; the one that it was trained on where neither this nor a folder is named.
    split
        About which part of it; all where None.
    folder
        About which folder of pictures, with all that is below it: an absolute path on the server's machine.
    probabilities
        Whether the numbers of each output go into a zarr beside the table.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    model: ModelChoice
    dataset: str | None = Field(default=None, pattern=f"^{NAME_PATTERN.pattern}$")
    dataset_version: int | None = Field(default=None, ge=1, strict=True)
    split: Split | None = None
    folder: str | None = Field(default=None, max_length=4096)
    probabilities: bool = True

    @field_validator("folder")
    @classmethod
    def _absolute(cls, value: str | None) -> str | None:
        if value is not None and not PurePath(value).is_absolute():
            raise ValueError("The folder has to be named from the root, as /data/pictures is.")
        return value

    @model_validator(mode="after")
    def _one_place(self) -> Self:
        if self.folder is not None and (self.dataset, self.dataset_version, self.split) != (None, None, None):
            raise ValueError("Name either a data set or a folder.")
        return self


def predict(payload: dict[str, Any], context: JobContext) -> dict[str, Any]:
    """Ask a model about every sample of a data set, or every picture of a folder, and write what it says.

    The run folder gets ``files/predictions.csv`` with one row a sample (see
    :func:`~patholearn_lab.serving.tables.row_of_answers` for its columns), and ``files/predictions.zarr.zip`` with the
    numbers of each output (see :class:`~patholearn_lab.serving.predictions.PredictionWriter`).

    Parameters
    ----------
    payload
        See :class:`PredictionSpec`.
    context
        The job's run folder and progress.

    Returns
    -------
    dict
        ``{model: {name, version}, dataset: {id, version} | null, folder, samples, left_out, files: [name]}``;
        ``left_out`` counts pictures that cannot be read, each of which the log names.

    Raises
    ------
    JobSpecError
        When the payload cannot be used.
    ModelNotFoundError, DatasetNotFoundError
        When there is no such model or data set.
    InvalidInputError
        When there is nothing to ask about, or the model needs features that are not there.
    """
    spec = read_payload(PredictionSpec, payload, KIND)
    context.report(0, None, "Preparing the data")

    from patholearn_lab.datasets.library import DatasetLibrary
    from patholearn_lab.jobs.folder import RunFolder
    from patholearn_lab.paths import DataPaths
    from patholearn_lab.progress import ensure_not_cancelled
    from patholearn_lab.services.trained import opened
    from patholearn_lab.serving.library import ModelLibrary
    from patholearn_lab.serving.predict import BATCH, Predictor
    from patholearn_lab.serving.predictions import PredictionWriter

    paths = DataPaths(context.data_root)
    models = ModelLibrary(paths)
    manifest = models.find(spec.model.name, spec.model.version)
    store = None
    if spec.folder is None:
        store = opened(DatasetLibrary(paths), spec.dataset or manifest.dataset, spec.dataset_version, context)
    asked = _Samples(store, spec.split, manifest) if store is not None else _Pictures(spec.folder or "", context)
    if not len(asked):
        raise InvalidInputError(f"There is nothing to predict: {asked.emptiness}.", "Choose another split or folder.")
    files = RunFolder(context.folder).files
    files.mkdir(exist_ok=True)
    predictor = Predictor(models)
    with PredictionWriter(files, manifest, len(asked), arrays=spec.probabilities) as writer:
        for start in range(0, len(asked), BATCH):
            ensure_not_cancelled(context)
            questions = list(asked.questions(start, min(start + BATCH, len(asked)), manifest))
            if questions:
                found = predictor.answer(manifest, [question for _, question in questions])
                writer.add([cells for cells, _ in questions], found)
            context.report(min(start + BATCH, len(asked)), len(asked), "Predicting")
        context.report(len(asked), len(asked), "Packing")
    return {
        "model": {"name": manifest.name, "version": manifest.version},
        "dataset": None if store is None else {"id": store.manifest.id, "version": store.manifest.version},
        "folder": spec.folder,
        "samples": writer.written,
        "left_out": len(asked) - writer.written,
        "files": writer.files,
    }


class _Samples:
    """The samples of a data set, asked about with what is right."""

    def __init__(self, store: DatasetStore, split: Split | None, manifest: ModelManifest) -> None:
        from patholearn_lab.datasets.inputs import ensure_inputs

        ensure_inputs(store.manifest, manifest.inputs)
        self._store = store
        self._indices = store.indices(split)
        self.emptiness = f"the data set {store.manifest.name!r} has no samples in its split {split!r}"

    def __len__(self) -> int:
        return len(self._indices)

    def questions(self, start: int, stop: int, manifest: ModelManifest) -> Iterator[tuple[dict[str, Any], Question]]:
        """Yield what a row of the table begins with, and what the model is asked."""
        from patholearn_lab.datasets.truths import truths_of
        from patholearn_lab.serving.predict import Question
        from patholearn_lab.serving.rows import row_of

        store, indices = self._store, self._indices[start:stop]
        images = store.images(indices) if store.manifest.channels else [None] * len(indices)
        names = store.manifest.features
        rows = store.features(indices) if names else [()] * len(indices)
        size = (manifest.preprocessing.height, manifest.preprocessing.width)
        takes_features = manifest.standardization is not None
        for index, name, image, values in zip(indices.tolist(), store.names(indices), images, rows, strict=True):
            known = dict(zip(names, map(float, values), strict=True))
            row = tuple(row_of(manifest, {}, known).values()) if takes_features else ()
            begins = {"index": index, "name": name, "split": store.split_of(index)}
            yield begins, Question(image, row, truths_of(store, index, size))


class _Pictures:
    """The pictures of a folder, in the order of their names; one that cannot be read is named and left out."""

    def __init__(self, folder: str, context: JobContext) -> None:
        self._folder = Path(folder)
        self._context = context
        if not self._folder.is_dir():
            raise InvalidInputError(f"There is no folder {folder!r}.", "Name one on the server's machine.")
        found = (file for file in self._folder.rglob("*") if file.suffix.lower() in ENDINGS and file.is_file())
        self._files = sorted(file for _, file in zip(range(MAX_PICTURES + 1), found, strict=False))
        if len(self._files) > MAX_PICTURES:
            raise InvalidInputError(
                f"The folder has more than {MAX_PICTURES:,} pictures.", "Ask about parts of it, one after the other."
            )
        self.emptiness = f"the folder {folder!r} has no pictures ({', '.join(sorted(ENDINGS))})"

    def __len__(self) -> int:
        return len(self._files)

    def questions(self, start: int, stop: int, manifest: ModelManifest) -> Iterator[tuple[dict[str, Any], Question]]:
        """Yield what a row of the table begins with, and what the model is asked."""
        from patholearn_lab.serving.predict import Question
        from patholearn_lab.serving.preprocess import decode_image
        from patholearn_lab.serving.rows import row_of

        row_of(manifest, {})  # a model that needs features cannot be asked about pictures alone
        for file in self._files[start:stop]:
            name = str(file.relative_to(self._folder))
            try:
                image = decode_image(file.read_bytes())
            except (OSError, ImageError, InvalidInputError) as error:
                self._context.log(f"Left out {name}: {getattr(error, 'message', error)}")
                continue
            yield {"name": name}, Question(image)
