"""What a network takes of a sample: its image, the features of its table, or both."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from patholearn_lab.errors import DatasetError

if TYPE_CHECKING:
    from patholearn_lab.datasets.manifest import Manifest

IMAGES, FEATURES = "images", "features"
IMAGE_ALONE = (IMAGES,)


def ensure_inputs(manifest: Manifest, names: Sequence[str]) -> tuple[str, ...]:
    """Return the inputs of these names; the images (or the table that stands alone) where there are none.

    Raises
    ------
    DatasetError
        When the samples of the set have no such thing; names what they have.
    """
    there = tuple(name for name, has in ((IMAGES, manifest.channels), (FEATURES, manifest.features)) if has)
    for name in names:
        if name not in there:
            raise DatasetError(
                f"The cell takes {name!r} as an input, which the data set {manifest.name!r} does not have.",
                f"It has {' and '.join(there)}. Change INPUTS in the cell, or choose another data set.",
                dataset=manifest.id,
            )
    return tuple(names) or there[:1]


def input_shapes(
    manifest: Manifest, names: Sequence[str], size: tuple[int, int] | None = None
) -> list[tuple[int, ...]]:
    """Return the shapes of these inputs for one sample: ``(C, H, W)`` of the image, ``(features,)`` of the row.

    `size` is another height and width that images are brought to.
    """
    shapes: dict[str, tuple[int, ...]] = {
        IMAGES: (manifest.channels, *(size or (manifest.height, manifest.width))),
        FEATURES: (len(manifest.features),),
    }
    return [shapes[name] for name in names]
