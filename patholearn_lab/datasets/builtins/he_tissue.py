"""H&E-like tissue, drawn by code: normal and tumor differ in their nuclei, not in their colors."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any

from patholearn_lab.datasets.builtin import Builtin, BuiltinParameter
from patholearn_lab.graph.inputs import DatasetShape

if TYPE_CHECKING:
    from patholearn_lab.datasets.contents import Contents, Sample
    from patholearn_lab.progress import Progress

_CLASSES = ("normal", "tumor")
_MASK_CLASSES = ("background", "nucleus")

_PARAMETERS = (
    BuiltinParameter(
        name="samples", label="Tiles", type="int", default=2000, minimum=60, maximum=50_000, step=2,
        help="How many tiles are drawn, half of them normal, half tumor.",
    ),
    BuiltinParameter(
        name="tile_px", label="Tile size", type="int", default=64, minimum=32, maximum=256, step=16,
        help="Height and width of a tile, in pixels. Nuclei keep their size: a larger tile shows more of them.",
    ),
    BuiltinParameter(
        name="difficulty", label="Difficulty", type="float", default=0.5, minimum=0, maximum=1, step=0.1,
        help="At 0 the nuclei of the two classes differ clearly; at 1 they differ by a little.",
    ),
    BuiltinParameter(
        name="seed", label="Seed", type="int", default=0, minimum=0, maximum=2**31 - 1,
        help="The same seed draws the same tiles.",
    ),
)  # fmt: skip


def _labels_and_splits(parameters: Mapping[str, Any]) -> tuple[Any, Any]:
    import numpy as np

    from patholearn_lab.datasets.splits import stratified_splits

    generator = np.random.default_rng(parameters["seed"])
    labels = generator.permutation(np.arange(parameters["samples"]) % 2).astype(np.int64)
    return labels, stratified_splits(labels, parameters["seed"])


def _shape(parameters: Mapping[str, Any]) -> DatasetShape:
    # As stratified_splits counts: a tenth of each class to validation and to test.
    train = parameters["samples"] - 4 * round(parameters["samples"] // 2 * 0.1)
    size = parameters["tile_px"]
    return DatasetShape(
        "he_tissue",
        "H&E tissue (drawn)",
        "classification",
        3,
        size,
        size,
        _CLASSES,
        train,
        targets=("labels", "masks", "tags", "values"),
        mask_classes=_MASK_CLASSES,
        label_counts=(train // 2, train // 2),
    )


def _contents(parameters: Mapping[str, Any], _: Progress) -> Contents:
    from patholearn_lab.datasets.builtins.he_drawing import draw_tiles
    from patholearn_lab.datasets.contents import Contents, Sample

    labels, splits = _labels_and_splits(parameters)

    def samples() -> Iterator[Sample]:
        for tile in draw_tiles(labels, parameters["tile_px"], parameters["difficulty"], parameters["seed"]):
            yield Sample(tile.image, (tile.instances > 0).astype("uint8"), tile.instances)

    return Contents(
        name="H&E tissue (drawn)",
        task="classification",
        classes=_CLASSES,
        channels=3,
        height=parameters["tile_px"],
        width=parameters["tile_px"],
        names=[f"drawn/{number}" for number in range(len(labels))],
        labels=labels,
        splits=splits,
        samples=samples,
        masks=True,
        instances=True,
        mask_classes=_MASK_CLASSES,
        description=HE_TISSUE.description,
        source="Drawn by PathoLearn Lab",
        licence="CC0 1.0",
        notes=(
            "These images were drawn by a program. They show how tissue differs, and are no material for a diagnosis.",
            "Color, strength of the stains, brightness and the share of stained area vary from tile to tile in the "
            "same way in both classes: color alone does not tell them apart.",
        ),
        drawn=True,
        parameters=dict(parameters),
    )


HE_TISSUE = Builtin(
    id="he_tissue",
    name="H&E tissue (drawn)",
    description="Tissue as in an H&E stain, drawn by code, normal or tumor. Normal nuclei are small, round and evenly "
    "spaced; tumor nuclei are large, irregular, unlike each other and crowded. Each tile comes with the outlines "
    "of its nuclei.",
    parameters=_PARAMETERS,
    shape=_shape,
    contents=_contents,
)
