"""Tiles of a real immunohistochemistry image, with the stained area as a mask: a first set for segmentation."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any

from patholearn_lab.datasets.builtin import Builtin
from patholearn_lab.graph.inputs import DatasetShape, Target

if TYPE_CHECKING:
    from patholearn_lab.datasets.contents import Contents, Sample
    from patholearn_lab.progress import Progress

_TILE_PX = 64
_STEP_PX = 16
_STRIPS_PX = ((0, 352), (352, 432), (432, 512))
"""Rows of the image for train, valid and test. Horizontal strips, because each then holds glands and stroma."""

_CLASSES = ("unstained", "stained")


def _origins() -> list[tuple[int, int, int]]:
    """Return split code, top and left of each tile. No tile crosses a strip, so no pixel is in two splits."""
    return [
        (code, top, left)
        for code, (start, end) in enumerate(_STRIPS_PX)
        for top in range(start, end - _TILE_PX + 1, _STEP_PX)
        for left in range(0, 512 - _TILE_PX + 1, _STEP_PX)
    ]


def _shape(_: Mapping[str, Any]) -> DatasetShape:
    train = sum(code == 0 for code, _, _ in _origins())
    targets: tuple[Target, ...] = ("masks", "tags", "values")
    return DatasetShape(
        "ihc_colon", "IHC colon", "segmentation", 3, _TILE_PX, _TILE_PX, _CLASSES, train, targets=targets
    )


def _contents(parameters: Mapping[str, Any], _: Progress) -> Contents:
    import numpy as np
    from skimage.color import rgb2hed
    from skimage.data import immunohistochemistry
    from skimage.filters import threshold_otsu

    from patholearn_lab.datasets.contents import Contents, Sample

    image = np.asarray(immunohistochemistry())  # type: ignore[no-untyped-call]
    brown = rgb2hed(image)[:, :, 2]
    threshold = float(threshold_otsu(brown))  # type: ignore[no-untyped-call]
    mask = (brown > threshold).astype(np.uint8)
    origins = _origins()
    rows = ", ".join(f"{start} to {end - 1}" for start, end in _STRIPS_PX)

    def samples() -> Iterator[Sample]:
        for _, top, left in origins:
            inside = np.s_[top : top + _TILE_PX, left : left + _TILE_PX]
            yield Sample(image[inside], mask[inside])

    return Contents(
        name="IHC colon",
        task="segmentation",
        classes=_CLASSES,
        channels=3,
        height=_TILE_PX,
        width=_TILE_PX,
        names=[f"immunohistochemistry/y{top}_x{left}" for _, top, left in origins],
        labels=None,
        splits=np.array([code for code, _, _ in origins], np.uint8),
        samples=samples,
        masks=True,
        description=IHC_COLON.description,
        source="skimage.data.immunohistochemistry: human colonic glands, FHL2 in brown (DAB), nuclei in blue; "
        "from the Center for Microscopy And Molecular Imaging (CMMI)",
        licence="No known copyright restrictions (as shipped with scikit-image)",
        notes=(
            "The masks were computed, not drawn by an expert: the DAB channel of a color deconvolution (rgb2hed), "
            f"above Otsu's threshold ({threshold:.3f}). A network trained on them learns this rule, not a diagnosis.",
            f"The splits are strips of the one image (rows {rows}), so that no pixel is in two of them. "
            f"Within a strip, tiles overlap: they lie {_STEP_PX} pixels apart.",
        ),
        computed_labels=True,
        parameters=dict(parameters),
    )


IHC_COLON = Builtin(
    id="ihc_colon",
    name="IHC colon",
    description="Tiles of a real slide image of colonic glands, stained brown for the protein FHL2. The mask of the "
    "brown area was computed by color deconvolution, not drawn by an expert.",
    parameters=(),
    shape=_shape,
    contents=_contents,
)
