"""H&E-like tissue with a row of invented findings for each tile: neither the image nor the table says all."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from patholearn_lab.datasets.builtin import Builtin
from patholearn_lab.datasets.builtins.he_tissue import HE_TISSUE
from patholearn_lab.graph.inputs import DatasetShape

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from patholearn_lab.datasets.contents import Contents
    from patholearn_lab.progress import Progress

FEATURES = ("age_years", "sex_female", "smoker", "marker_u_per_ml", "weight_kg")

_DEFAULTS = {"samples": 1200, "tile_px": 32, "difficulty": 1.0}
_PARAMETERS = tuple(
    parameter.model_copy(update={"default": _DEFAULTS.get(parameter.name, parameter.default)})
    for parameter in HE_TISSUE.parameters
)


def draw_table(labels: NDArray[np.int64], seed: int) -> NDArray[np.float32]:
    """Draw a row of :data:`FEATURES` for each label (0 normal, 1 tumor): ``float32[n,5]``.

    Patients with a tumor are 6 years older on average, smoke more often (45 against 25 %), and their marker is 1.6
    times as high; sex and weight say nothing.
    """
    import numpy as np

    generator = np.random.default_rng([seed, 1])
    tumor, count = labels == 1, len(labels)
    age = np.clip(np.where(tumor, 64, 58) + 12 * generator.standard_normal(count), 18, 95).round()
    female = generator.random(count) < 0.5
    smoker = generator.random(count) < np.where(tumor, 0.45, 0.25)
    marker = np.where(tumor, 32, 20) * np.exp(0.45 * generator.standard_normal(count))
    weight = np.where(female, 67, 80) + 11 * generator.standard_normal(count)
    return np.stack([age, female, smoker, marker.round(1), weight.round()], axis=1).astype(np.float32)


def _shape(parameters: Mapping[str, Any]) -> DatasetShape:
    shape = HE_TISSUE.shape(parameters)
    return replace(shape, id=HE_PATIENTS.id, name=HE_PATIENTS.name, features=FEATURES)


def _contents(parameters: Mapping[str, Any], progress: Progress) -> Contents:
    tissue = HE_TISSUE.contents(parameters, progress)
    assert tissue.labels is not None
    return replace(
        tissue,
        name=HE_PATIENTS.name,
        description=HE_PATIENTS.description,
        features=FEATURES,
        table=draw_table(tissue.labels, parameters["seed"]),
        notes=(
            *tissue.notes,
            "The patients are invented. Age, smoking and the marker differ between the classes by a little; sex and "
            "weight do not.",
        ),
    )


HE_PATIENTS = Builtin(
    id="he_patients",
    name="H&E tissue with patients (drawn)",
    description="Tissue as in an H&E stain, drawn by code, normal or tumor, and for each tile a table row about an "
    "invented patient: age, sex, smoking, a blood marker, weight. Image and table each say a part; together they say "
    "more.",
    parameters=_PARAMETERS,
    shape=_shape,
    contents=_contents,
)
