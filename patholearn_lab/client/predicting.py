"""``predict()``: ask a trained network about a picture, or about an image of a data set."""

from __future__ import annotations

import io
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from patholearn_lab.client.discovery import connect
from patholearn_lab.client.models import ModelRef
from patholearn_lab.client.run import Run
from patholearn_lab.datasets.inputs import IMAGES
from patholearn_lab.errors import ImageError, InvalidInputError, ModelNotFoundError

if TYPE_CHECKING:
    from patholearn_lab.client.interface import Client
    from patholearn_lab.client.models import PredictionResult
    from patholearn_lab.datasets.manifest import Split


def predict(
    model: Any,
    picture: Any = None,
    *,
    dataset: str | None = None,
    index: int | None = None,
    split: Split = "test",
    version: int | None = None,
    features: Mapping[str, float] | None = None,
    client: Client | None = None,
) -> PredictionResult:
    """Ask a trained network about a picture of your own, or about an image of a data set.

    Parameters
    ----------
    model
        The name of a model; or a run, whose model it is; or the editor (or an architecture), whose newest model it is.
    picture
        A file (its path), the bytes of one, a PIL image, or an array uint8[H,W] or uint8[H,W,1 or 3]. It is brought to
        the model's size. None takes an image of the data set.
    dataset
        The data set to take an image from; the one that the model was trained on where it is None.
    index
        Which image of it; a random one of `split` where it is None.
    split
        ``"train"``, ``"valid"`` or ``"test"``.
    version
        The version of a named model; the newest where it is None.
    features
        For a model with a table as its second input: the value of each feature. They take the place of a sample's own.
    client
        Where the models are; :func:`~patholearn_lab.client.connect` where it is None.

    Returns
    -------
    PredictionResult
        ``result.answer`` is what the network says (``result.answers`` where it has several outputs). At the end of a
        cell the result shows itself.

    Raises
    ------
    ModelNotFoundError
        When there is no such model, or the run or drawing has none yet.
    ImageError
        When the picture cannot be read.
    InvalidInputError
        When both a picture and an image of a data set are given.

    Examples
    --------
    >>> predict("u-net", "slide_7.png").answer.pixels      # doctest: +SKIP
    >>> predict("u-net", dataset="he_tissue", index=4)     # doctest: +SKIP
    """
    if picture is not None and (dataset is not None or index is not None):
        raise InvalidInputError(
            "Both a picture and an image of a data set are given.",
            "Leave out the picture, or leave out dataset and index.",
        )
    client = client or connect()
    asked = model_of(model, version, client)
    if picture is None:
        manifest = client.models.get(asked.name, asked.version)
        if IMAGES not in manifest.inputs and features and dataset is None and index is None:
            return client.models.predict(asked.name, None, asked.version, features)
        return client.models.predict_sample(asked.name, dataset, index, split, asked.version, features)
    return client.models.predict(asked.name, _bytes_of(picture), asked.version, features)


def model_of(model: Any, version: int | None, client: Client) -> ModelRef:
    """Return which model a person means: by its name, its run or its drawing; see :func:`predict`."""
    if isinstance(model, str):
        return ModelRef(name=model, version=version or client.models.get(model).version)
    if isinstance(model, Run):
        if not model.model:
            raise _no_model(model)
        return ModelRef.model_validate(model.model)
    meta = getattr(getattr(model, "document", model), "meta", None)
    if meta is None:
        raise InvalidInputError(
            f"A model is named by its name, its run or its drawing, not by {type(model).__name__!r}.",
            "Names are listed by lab.connect().models.list().",
        )
    for manifest in client.models.list():
        if manifest.graph == meta.id:
            return ModelRef(name=manifest.name, version=manifest.version)
    raise ModelNotFoundError(f"No model was trained from the drawing {meta.name!r} yet.", "Train it first.")


def _no_model(run: Run) -> ModelNotFoundError:
    problem = (run.result or {}).get("export_error")
    if problem:
        return ModelNotFoundError(f"The run {run.id} has no model. {problem['message']}", problem["hint"])
    return ModelNotFoundError(f"The run {run.id} has no model yet; it is {run.state}.", "Wait for its end: run.wait().")


def _bytes_of(picture: Any) -> bytes:
    """Return what a person means by a picture as the bytes of a picture file."""
    if isinstance(picture, bytes):
        return picture
    if isinstance(picture, str | Path):
        try:
            return Path(picture).read_bytes()
        except OSError as error:
            raise ImageError(
                f"The picture {str(picture)!r} cannot be read: {error.strerror}.", "Look at its path."
            ) from error
    import numpy as np
    from PIL import Image

    from patholearn_lab.serving.preprocess import encode_png

    if isinstance(picture, Image.Image):
        target = io.BytesIO()
        picture.save(target, "PNG")
        return target.getvalue()
    pixels = np.asarray(picture)
    has_form = pixels.ndim in {2, 3} and pixels.shape[2:] in {(), (1,), (3,)} and pixels.size > 0
    if pixels.dtype != np.uint8 or not has_form:
        raise ImageError(
            f"A picture is a file, a PIL image, or an array uint8[H,W] or uint8[H,W,1 or 3], not {pixels.dtype}"
            f"{list(pixels.shape)}.",
            "Values from 0 to 1 become pixels by (255 * values).astype(numpy.uint8).",
        )
    return encode_png(np.atleast_3d(pixels))
