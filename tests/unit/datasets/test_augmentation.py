"""Augmentation as data: read, printed, and done to images with their masks in step."""

from __future__ import annotations

import contextlib
from typing import Any

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.strategies import SearchStrategy
from support.graphs import TISSUE, lookup

from patholearn_lab.codegen import emit_cell, read_graph
from patholearn_lab.datasets.augmentation import (
    MAX_DEPTH,
    PRESETS,
    Augmentation,
    CoarseDropout,
    Color,
    Crop,
    Elastic,
    Flip,
    Mirror,
    Noise,
    OneOf,
    QuarterTurn,
    Rotate,
    Sequential,
    Shear,
    Shift,
    Stain,
    Step,
    Zoom,
    read_augmentation,
)
from patholearn_lab.datasets.augmentation import Blur as Blurred
from patholearn_lab.datasets.augmentation_text import parse_augmentation, print_augmentation
from patholearn_lab.datasets.transforms import augment, augmentation_code, transform_of
from patholearn_lab.errors import InvalidInputError
from patholearn_lab.graph.templates import template

DEEP_HEALTH = """
SequentialAugmentationContainer
    AugRotate angle=[-5,5] center=(0,0) interp="linear"
    AugCoarseDropout p=[0,0.55] drop_size=[0.02,0.1] per_channel=0,
    OneOfAugmentationContainer
        AugAdditiveLaplaceNoise std_dev=[0,51]
        AugAdditivePoissonNoise lambda=[0,40]
    end
end
"""


def numbers(low: float, high: float) -> SearchStrategy[tuple[float, float]]:
    return st.tuples(st.floats(low, high), st.floats(low, high)).map(lambda pair: (min(pair), max(pair)))


def simple_steps() -> SearchStrategy[Step]:
    p = st.floats(0, 1)
    return st.one_of(
        st.builds(Mirror, p=p),
        st.builds(Flip, p=p),
        st.builds(QuarterTurn, p=p),
        st.builds(
            Rotate,
            p=p,
            angle=numbers(-180, 180),
            center=st.none() | st.tuples(st.floats(-9, 9), st.floats(-9, 9)),
            interpolation=st.sampled_from(["nearest", "linear", "cubic"]),
        ),
        st.builds(Shear, p=p, x=numbers(-60, 60), y=numbers(-60, 60)),
        st.builds(Zoom, p=p, scale=numbers(0.25, 4)),
        st.builds(Shift, p=p, x=st.floats(0, 0.5), y=st.floats(0, 0.5)),
        st.builds(Crop, p=p, area=numbers(0.01, 1), ratio=numbers(0.25, 4)),
        st.builds(Color, p=p, brightness=numbers(0, 10), hue=numbers(-0.5, 0.5)),
        st.builds(Stain, p=p, strength=numbers(0, 10), offset=numbers(-0.5, 0.5)),
        st.builds(Blurred, p=p, sigma=numbers(0.01, 20)),
        st.builds(Noise, p=p, distribution=st.sampled_from(["gaussian", "laplace", "poisson"]), std=numbers(0, 255)),
        st.builds(Elastic, p=p, alpha=st.floats(0, 500), sigma=st.floats(1, 50)),
        st.builds(CoarseDropout, p=p, share=numbers(0, 1), size=numbers(0.01, 1), per_channel=st.booleans()),
    )


def augmentations() -> SearchStrategy[Augmentation]:
    def containers(inner: SearchStrategy[Step]) -> SearchStrategy[Step]:
        steps = st.lists(inner, min_size=1, max_size=3).map(tuple)
        return st.builds(OneOf, p=st.floats(0, 1), steps=steps) | st.builds(
            Sequential, p=st.floats(0, 0.9), steps=steps
        )

    steps = st.recursive(simple_steps(), containers, max_leaves=5)
    return st.builds(Augmentation, steps=st.lists(steps, max_size=4).map(tuple))


@given(augmentations())
def test_what_is_printed_is_read_back(augmentation: Augmentation) -> None:
    assert parse_augmentation(print_augmentation(augmentation)) == augmentation
    assert read_augmentation(augmentation.model_dump(mode="json")) == augmentation


def test_the_example_of_deephealth_is_read() -> None:
    assert parse_augmentation(DEEP_HEALTH).steps == (
        Rotate(angle=(-5, 5), center=(0, 0)),
        CoarseDropout(share=(0, 0.55), size=(0.02, 0.1)),
        OneOf(steps=(Noise(distribution="laplace", std=(0, 51)), Noise(distribution="poisson", std=(0, 40)))),
    )
    assert parse_augmentation("AugGaussianBlur sigma=2").steps == (Blurred(sigma=(2, 2)),)


BAD_TEXTS = {
    "AugMagic p=1": r"Line 1.*'AugMagic'",
    "AugFlip\nAugRotate angel=[0,1]": r"Line 2.*'angel'",
    "AugRotate angle=[5,-5]": r"Line 1.*angle.*upwards",
    "AugRotate angle=[0,900]": r"Line 1.*angle",
    "AugRotate angle=[0,1,2]": r"3 numbers",
    "AugRotate angle=[a,b]": r"something else than numbers",
    "AugRotate angle=__import__('os')": r"no name=value",
    "AugFlip p=0.5 p=0.6": r"said twice",
    "AugFlip p=2": r"Line 1.*p: ",
    "OneOfAugmentationContainer\nAugFlip": r"Line 1.*no end",
    "OneOfAugmentationContainer\nend": r"Line 1",
    "end": r"Line 1.*nothing to end",
    "SequentialAugmentationContainer\n" * (MAX_DEPTH + 1): r"limits",
    "AugFlip\n" * 201: r"Line 201.*limits",
    "x" * 60_000: r"60,000 characters",
}


@pytest.mark.parametrize("text", BAD_TEXTS, ids=range(len(BAD_TEXTS)))
def test_a_text_that_cannot_be_read_names_the_line(text: str) -> None:
    with pytest.raises(InvalidInputError, match=BAD_TEXTS[text]):
        parse_augmentation(text)


@given(st.text(alphabet='AugFlipRotenda =[](),.0123456789-"\n', max_size=200))
def test_any_text_is_read_or_refused(text: str) -> None:
    with contextlib.suppress(InvalidInputError):
        parse_augmentation(text)


def test_json_that_is_no_augmentation_names_the_place() -> None:
    with pytest.raises(InvalidInputError, match=r"steps\.0\.mirror\.p"):
        read_augmentation({"steps": [{"kind": "mirror", "p": 7}]})
    with pytest.raises(InvalidInputError, match="schema_version"):
        read_augmentation({"schema_version": 2})
    nested: dict[str, object] = {"kind": "mirror"}
    for _ in range(MAX_DEPTH):
        nested = {"kind": "sequential", "steps": [nested]}
    with pytest.raises(InvalidInputError, match="inside one another"):
        read_augmentation({"steps": [nested]})


@pytest.fixture
def tissue() -> tuple[torch.Tensor, torch.Tensor]:
    """Four images ``uint8[4,3,24,24]`` whose mask has 3 wherever red is above 128."""
    generator = np.random.default_rng(0)
    coarse = generator.integers(0, 256, (4, 3, 6, 6))
    images = torch.from_numpy(coarse.repeat(4, axis=2).repeat(4, axis=3).astype(np.uint8))
    return images, (images[:, 0] > 128).to(torch.uint8) * 3


EVERY = [
    Mirror(p=1),
    Flip(p=1),
    QuarterTurn(),
    Rotate(angle=(20, 40), interpolation="nearest"),
    Rotate(angle=(20, 40), center=(0, 0), interpolation="nearest"),
    Shear(x=(20, 20)),
    Zoom(scale=(0.5, 0.6)),
    Shift(x=0.4, y=0.4),
    Crop(area=(0.3, 0.4)),
    Color(brightness=(1.5, 1.5)),
    Stain(strength=(1.5, 1.6)),
    Blurred(sigma=(1, 2)),
    Noise(std=(20, 20)),
    Noise(distribution="laplace", std=(20, 20)),
    Noise(distribution="poisson", std=(20, 20)),
    Elastic(alpha=60),
    CoarseDropout(share=(0.3, 0.4), size=(0.1, 0.2), per_channel=True),
    OneOf(steps=(Color(brightness=(1.5, 1.5)), Stain(strength=(2, 2)))),
    Sequential(steps=(Mirror(p=1), Blurred(sigma=(1, 2)))),
]
MOVES = (Mirror, Flip, QuarterTurn, Shift)
COLORS = (Color, Stain, Blurred, Noise, CoarseDropout, OneOf)


@pytest.mark.parametrize("step", EVERY, ids=lambda step: step.kind)
def test_a_mask_goes_along_with_its_image_and_keeps_its_values(
    step: Step, tissue: tuple[torch.Tensor, torch.Tensor]
) -> None:
    images, masks = tissue
    transform = transform_of(Augmentation(steps=(step,)), 24, 24)
    seen, told = augment(transform, images, masks, range(1, 5))
    assert told is not None
    assert (seen.shape, seen.dtype) == (images.shape, torch.uint8)
    assert (told.shape, told.dtype) == (masks.shape, torch.uint8)
    assert not torch.equal(seen, images)
    assert set(told.unique().tolist()) <= {0, 3}
    if isinstance(step, MOVES):
        torch.testing.assert_close(told, (seen[:, 0] > 128).to(torch.uint8) * 3)
    elif isinstance(step, COLORS):
        torch.testing.assert_close(told, masks)
    else:
        agree = (told == (seen[:, 0] > 128) * 3).float().mean()
        assert agree > 0.85  # where the image was mixed between pixels, the mask takes the nearest


def test_a_seed_decides_what_is_done_to_an_image_whatever_else_is_in_the_batch(
    tissue: tuple[torch.Tensor, torch.Tensor],
) -> None:
    images, masks = tissue
    transform = transform_of(PRESETS["strong"], 24, 24)
    whole, _ = augment(transform, images, masks, [5, 6, 7, 8])
    alone, _ = augment(transform, images[2:3], masks[2:3], [7])
    torch.testing.assert_close(whole[2], alone[0])
    assert not torch.equal(augment(transform, images[2:3], None, [9])[0], alone)
    state = torch.random.get_rng_state()
    augment(transform, images, masks, [1, 2, 3, 4])
    assert torch.equal(torch.random.get_rng_state(), state)


def test_stain_jitter_of_one_and_nothing_leaves_the_image(tissue: tuple[torch.Tensor, torch.Tensor]) -> None:
    images, _ = tissue
    transform = transform_of(Augmentation(steps=(Stain(strength=(1, 1), offset=(0, 0)),)), 24, 24)
    seen, _ = augment(transform, images.clamp(min=1), None, range(4))
    assert (seen.int() - images.clamp(min=1).int()).abs().max() <= 1


@pytest.mark.parametrize("name", PRESETS)
def test_grey_and_color_images_of_any_shape_can_be_augmented(name: str) -> None:
    for shape in ((1, 20, 20), (3, 32, 32)):
        image = torch.randint(0, 256, (1, *shape), dtype=torch.uint8)
        seen, _ = augment(transform_of(PRESETS[name], *shape[1:]), image, None, [3])
        assert seen.shape == image.shape


def test_a_cell_with_an_augmentation_is_still_its_graph() -> None:
    document = template("small_cnn", TISSUE.id, lookup)
    cell = f"{emit_cell(document, lookup).code}\n\n{augmentation_code(PRESETS['strong'], 64, 64)}"
    back = read_graph(cell, document, lookup)
    assert (back.complete, list(back.issues), list(back.operations)) == (True, [], [])


@pytest.mark.parametrize("name", PRESETS)
def test_the_code_makes_the_same_transforms(name: str, tissue: tuple[torch.Tensor, torch.Tensor]) -> None:
    code = augmentation_code(PRESETS[name], 24, 24)
    assert "patholearn" not in code
    made: dict[str, Any] = {}
    exec(compile(code, "cell", "exec"), made)  # our own code, written above
    images, masks = tissue
    ours, theirs = transform_of(PRESETS[name], 24, 24), made["AUGMENTATION"]
    seen = augment(ours, images, masks, range(4))
    for one, other in zip(seen, augment(theirs, images, masks, range(4)), strict=True):
        torch.testing.assert_close(one, other)
