from __future__ import annotations

import numpy as np
import pytest

from patholearn_lab.errors import ImageError
from patholearn_lab.graph.colors import CLASS_COLORS, class_color
from patholearn_lab.serving.overlay import overlay


def test_a_mask_is_faint_inside_full_at_its_outline_and_clear_outside() -> None:
    mask = np.zeros((7, 7), np.uint8)
    mask[1:6, 1:6] = 2
    painted = overlay(np.full((7, 7, 1), 100, np.uint8), mask, opacity=0.5)
    assert painted.shape == (7, 7, 3)
    assert painted[1, 3].tolist() == list(CLASS_COLORS[1])
    assert painted[3, 3].tolist() == [round((100 + value) / 2) for value in CLASS_COLORS[1]]
    assert painted[0, 0].tolist() == [100, 100, 100]


def test_the_colors_begin_again_and_the_background_has_none() -> None:
    assert class_color(0) is None
    assert class_color(1) == class_color(1 + len(CLASS_COLORS)) == CLASS_COLORS[0]
    mask = np.full((3, 3), 1 + len(CLASS_COLORS), np.uint8)
    assert overlay(np.zeros((3, 3), np.uint8), mask, opacity=1)[1, 1].tolist() == list(CLASS_COLORS[0])


def test_a_mask_of_another_size_is_refused() -> None:
    with pytest.raises(ImageError, match="3 × 2 pixels does not lie on an image of 4 × 4"):
        overlay(np.zeros((4, 4), np.uint8), np.zeros((2, 3), np.uint8))
