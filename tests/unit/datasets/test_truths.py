from __future__ import annotations

import numpy as np
import pytest

from patholearn_lab.datasets.library import DatasetLibrary
from patholearn_lab.datasets.targets import shares_of
from patholearn_lab.datasets.truths import truths_of
from patholearn_lab.paths import DataPaths


def test_all_that_a_set_knows_of_a_sample_is_named(data_paths: DataPaths) -> None:
    library = DatasetLibrary(data_paths)
    library.create_builtin("he_tissue", parameters={"samples": 60, "tile_px": 32})
    store = library.open("he_tissue")
    known = truths_of(store, 5)
    assert {target: truth.names for target, truth in known.items()} == {
        "labels": ("normal", "tumor"),
        **dict.fromkeys(("tags", "values", "masks"), ("background", "nucleus")),
    }
    assert known["labels"].names[int(known["labels"].value)] == store.class_of(5)
    np.testing.assert_array_equal(known["masks"].value, store.masks([5])[0])
    assert known["values"].value == pytest.approx(shares_of(store.masks([5]), 2)[0])

    # For a model of another size the mask is brought to it, without new classes; the shares stay what they were.
    half = truths_of(store, 5, (16, 8))
    assert half["masks"].value.shape == (16, 8)
    assert set(np.unique(half["masks"].value)) <= set(np.unique(known["masks"].value))
    assert half["values"].value.tolist() == known["values"].value.tolist()
    twice = truths_of(store, 5, (64, 64))["masks"].value
    np.testing.assert_array_equal(twice[::2, ::2], known["masks"].value)
