"""Data sets out of what is in memory or made by code: packed into a zarr of one's own here, then uploaded as a file.

The server never runs the code that makes the samples.
"""

from __future__ import annotations

import tempfile
import zipfile
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

from patholearn_lab.errors import InvalidInputError
from patholearn_lab.progress import NoProgress

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from patholearn_lab.datasets.manifest import Manifest

_ROWS_AT_ONCE = 256
_COLUMNS = ("labels", "tags", "values", "features", "splits", "names", "groups", "coordinates")
_TEXTS = ("feature_names", "mask_classes", "grouped_by", "source", "notes")


class OwnData:
    """The part of a client's data sets that makes them out of what a notebook has."""

    if TYPE_CHECKING:

        def upload(self, path: str | Path, id: str, name: str | None = None) -> Manifest:
            """Import a file."""

    def from_arrays(
        self,
        id: str,
        images: Any = None,
        labels: Any = None,
        *,
        name: str | None = None,
        classes: Sequence[str] = (),
        description: str = "",
        licence: str = "",
        **arrays: Any,
    ) -> Manifest:
        """Make a data set of arrays."""
        described = {"name": name, "classes": list(classes), "description": description, "licence": licence}
        described |= {key: arrays.pop(key) for key in _TEXTS if key in arrays}
        with packed_arrays(id, {"images": images, "labels": labels, **arrays}, described) as path:
            return self.upload(path, id, name)

    def from_samples(
        self, id: str, samples: Iterable[Any], *, name: str | None = None, classes: Sequence[str] = (), **described: Any
    ) -> Manifest:
        """Make a data set of samples that come one by one."""
        with spooled(samples) as arrays:
            return self.from_arrays(id, **arrays, name=name, classes=classes, **described)


@contextmanager
def packed_arrays(id: str, given: Mapping[str, Any], described: Mapping[str, Any]) -> Iterator[Path]:
    """Yield a zip of a zarr with these arrays, which is gone afterwards.

    Parameters
    ----------
    id
        What the set will be called.
    given
        Arrays by name, as :meth:`~patholearn_lab.client.interface.Datasets.from_arrays` has them; None for none.
    described
        What the card says.
    """
    import numpy as np

    from patholearn_lab.datasets.importers.array_set import ArraySet, contents_of
    from patholearn_lab.datasets.writing import write_store

    arrays = {key: value for key, value in given.items() if value is not None}
    unknown = sorted({*arrays} - {"images", "masks", "instances", *_COLUMNS})
    if unknown:
        raise InvalidInputError(f"A data set has no array {unknown[0]!r}.", f"It has: images, {', '.join(_COLUMNS)}.")
    pixels: dict[str, Any] = {key: _array(value) for key, value in arrays.items() if key not in _COLUMNS}
    shapes: dict[str, Any] = {key: (tuple(array.shape), np.dtype(array.dtype)) for key, array in pixels.items()}
    columns = {key: np.asarray(arrays[key]) for key in _COLUMNS if key in arrays}
    said = {**described, "features": described.get("feature_names"), "name": described.get("name") or id}
    contents = contents_of(ArraySet(id, shapes, columns, lambda key: _entries(pixels[key]), said), NoProgress())
    with tempfile.TemporaryDirectory(prefix="patholearn-") as name:
        folder = Path(name) / id
        folder.mkdir()
        write_store(folder, contents, id=id)
        path = Path(name) / f"{id}.zip"
        with zipfile.ZipFile(path, "w", zipfile.ZIP_STORED) as archive:
            for file in sorted(folder.rglob("*")):
                if file.is_file():
                    archive.write(file, file.relative_to(folder).as_posix())
                    file.unlink()  # room for one copy is enough
        yield path


@contextmanager
def spooled(samples: Iterable[Any]) -> Iterator[dict[str, Any]]:
    """Yield the arrays ``images`` and ``labels`` or ``masks`` of samples that come one by one, kept in files meanwhile.

    Parameters
    ----------
    samples
        Pairs of an image and its label or mask, or dictionaries with ``image`` and ``label`` or ``mask``; a generator,
        a list, or a torch Dataset. Images are arrays ``uint8[H,W]`` or ``uint8[H,W,1 or 3]``, torch tensors
        ``[C,H,W]`` (floats from 0 to 1 are taken too), or PIL images.

    Raises
    ------
    InvalidInputError
        When a sample is none of these, or of another size than the first; the message names its number.
    """
    import numpy as np

    with tempfile.TemporaryDirectory(prefix="patholearn-") as name:
        labels: list[int] = []
        shapes: dict[str, tuple[int, ...]] = {}
        count = 0
        with (Path(name) / "images").open("wb") as images, (Path(name) / "masks").open("wb") as masks:
            for sample in _each(samples):
                image, truth = _parts(sample, count)
                _append(images, shapes, "images", image, count)
                if truth.ndim:
                    _append(masks, shapes, "masks", truth, count)
                else:
                    labels.append(int(truth))
                count += 1
        if not count:
            raise InvalidInputError("There are no samples to make a data set of.", "Give at least three of each class.")
        if labels and "masks" in shapes:
            raise InvalidInputError("Some samples have a label and others a mask.", "Give all of them the same.")
        arrays: dict[str, Any] = {
            key: np.memmap(Path(name) / key, np.uint8, "r", shape=(count, *shape)) for key, shape in shapes.items()
        }
        yield {**arrays, **({"labels": np.array(labels)} if labels else {})}


def _each(samples: Any) -> Iterator[Any]:
    """Yield the samples; torch's Datasets have a length and numbers, and need not end by themselves."""
    if not isinstance(samples, Sequence) and hasattr(samples, "__len__") and hasattr(samples, "__getitem__"):
        return (samples[number] for number in range(len(samples)))
    return iter(samples)


def _parts(sample: Any, number: int) -> tuple[NDArray[np.uint8], NDArray[Any]]:
    """Return the image ``uint8[H,W,C]`` and the label (no axes) or mask (two axes) of a sample."""
    import numpy as np

    if isinstance(sample, Mapping):
        truth = sample.get("label", sample.get("mask"))
        sample = (sample.get("image"), truth)
    if not isinstance(sample, tuple | list) or len(sample) != 2 or any(part is None for part in sample):
        raise InvalidInputError(
            f"Sample {number} is no image with a label or mask: {type(sample).__name__}.",
            "Give (image, label) or (image, mask), or {'image': …, 'label': …}.",
        )
    image, truth = _image(_array(sample[0]), hasattr(sample[0], "detach"), number), np.asarray(_array(sample[1]))
    if truth.dtype.kind not in "iub" or truth.ndim not in {0, 2}:
        raise InvalidInputError(
            f"Sample {number} has a label or mask that is {truth.dtype} of shape {truth.shape}.",
            "A label is one class number from 0, a mask one for each pixel.",
        )
    if truth.ndim and (truth.min(initial=0) < 0 or truth.max(initial=0) > np.iinfo(np.uint8).max):
        raise InvalidInputError(f"The mask of sample {number} has values outside of 0 to 255.", "Number the classes.")
    return image, truth.astype(np.uint8) if truth.ndim else truth


def _image(values: NDArray[Any], channels_first: bool, number: int) -> NDArray[np.uint8]:
    import numpy as np

    values = np.asarray(values)
    if values.ndim == 3 and channels_first:
        values = np.moveaxis(values, 0, -1)
    if values.dtype.kind == "f" and values.size and values.min() >= 0 and values.max() <= 1:
        values = (values * 255).round().astype(np.uint8)
    if values.ndim == 2:
        values = values[..., np.newaxis]
    if values.dtype != np.uint8 or values.ndim != 3 or values.shape[2] not in {1, 3}:
        raise InvalidInputError(
            f"The image of sample {number} is {values.dtype} of shape {values.shape}.",
            "Give uint8 of 0 to 255, height × width or height × width × 1 or 3; or a torch tensor from 0 to 1.",
        )
    return values


def _append(file: Any, shapes: dict[str, tuple[int, ...]], key: str, values: NDArray[np.uint8], number: int) -> None:
    if shapes.setdefault(key, values.shape) != values.shape:
        raise InvalidInputError(
            f"Sample {number} has {key} of shape {values.shape}, but the first has {shapes[key]}.",
            "All images of a data set must have one size: cut or scale them to it.",
        )
    file.write(values.tobytes())


def _array(values: Any) -> Any:
    """Return something with a shape and a dtype: numpy, zarr and memory maps as they are, torch and PIL as numpy."""
    import numpy as np

    if hasattr(values, "detach"):
        values = values.detach().cpu().numpy()
    return values if hasattr(values, "shape") and hasattr(values, "dtype") else np.asarray(values)


def _entries(array: Any) -> Iterator[NDArray[Any]]:
    """Yield the entries of an array that need not fit into memory."""
    import numpy as np

    for start in range(0, array.shape[0], _ROWS_AT_ONCE):
        yield from np.asarray(array[start : start + _ROWS_AT_ONCE])
