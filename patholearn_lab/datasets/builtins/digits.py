"""Scans of handwritten digits, from scikit-learn's package: small, real, and quick to learn."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any

from patholearn_lab.datasets.builtin import Builtin
from patholearn_lab.graph.inputs import DatasetShape

if TYPE_CHECKING:
    from patholearn_lab.datasets.contents import Contents, Sample
    from patholearn_lab.progress import Progress

_SIZE_PX = 32
"""What LeNet-5 was designed for. The scans are 8 × 8: too small for two rounds of convolution and pooling."""

_CLASSES = tuple("0123456789")


def _shape(_: Mapping[str, Any]) -> DatasetShape:
    return DatasetShape(
        "digits", "Digits", "classification", 1, _SIZE_PX, _SIZE_PX, _CLASSES, 1439, targets=("labels",)
    )


def _contents(parameters: Mapping[str, Any], _: Progress) -> Contents:
    import numpy as np
    from PIL import Image
    from sklearn.datasets import load_digits

    from patholearn_lab.datasets.contents import Contents, Sample
    from patholearn_lab.datasets.splits import stratified_splits

    scans = load_digits()
    labels = scans.target.astype(np.int64)
    # Ink counts from 0 to 16 in each cell of the 8 × 8 grid.
    small = np.round(scans.images * (255 / 16)).astype(np.uint8)

    def samples() -> Iterator[Sample]:
        for scan in small:
            large = Image.fromarray(scan).resize((_SIZE_PX, _SIZE_PX), Image.Resampling.BICUBIC)
            yield Sample(np.asarray(large)[:, :, np.newaxis])

    return Contents(
        name="Digits",
        task="classification",
        classes=_CLASSES,
        channels=1,
        height=_SIZE_PX,
        width=_SIZE_PX,
        names=[f"load_digits/{number}" for number in range(len(labels))],
        labels=labels,
        splits=stratified_splits(labels),
        samples=samples,
        description=DIGITS.description,
        source="sklearn.datasets.load_digits: the test part of UCI's Optical Recognition of Handwritten Digits",
        licence="CC BY 4.0 (UCI Machine Learning Repository); BSD-3-Clause as shipped with scikit-learn",
        notes=(
            f"The scans are 8 × 8 pixels; they were enlarged to {_SIZE_PX} × {_SIZE_PX} by bicubic interpolation.",
            "The digits of one writer may be in several splits: the source does not say who wrote which.",
        ),
        parameters=dict(parameters),
    )


DIGITS = Builtin(
    id="digits",
    name="Digits",
    description="1,797 scans of handwritten digits, 0 to 9, in grey. Real, small and quick to learn: a good first set.",
    parameters=(),
    shape=_shape,
    contents=_contents,
)
