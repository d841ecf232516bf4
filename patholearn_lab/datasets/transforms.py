"""An augmentation as transforms of torchvision: to be run, and as the lines of Python that make the same.

Each step is a :class:`Call` first, from which both follow, so that the code shows what training does.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, NamedTuple

from patholearn_lab.datasets.augmentation import (
    Augmentation,
    Blur,
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
    Zoom,
)

if TYPE_CHECKING:
    from torch import Tensor
    from torchvision.transforms import v2

_INTERPOLATIONS = {"nearest": "nearest", "linear": "bilinear", "cubic": "bicubic"}


class Call(NamedTuple):
    """``v2.name(value, …)``; `own` where the class is one of ``pixel_transforms``, not of torchvision."""

    name: str
    arguments: dict[str, Any]
    own: bool = False


def transform_of(augmentation: Augmentation, height: int, width: int) -> v2.Transform:
    """Return what does an augmentation to one image ``uint8[C,H,W]``, or to an image and its mask."""
    return _made(_calls(augmentation, height, width))


def augment(
    transform: v2.Transform, images: Tensor, masks: Tensor | None, seeds: Sequence[int]
) -> tuple[Tensor, Tensor | None]:
    """Return a batch in which each image, with its mask, was transformed by a seed of its own.

    The same seed does the same, whatever else is in the batch and in whichever process; the random numbers of the
    network are left alone.

    Parameters
    ----------
    transform
        What :func:`transform_of` gives, or any other of torchvision.
    images, masks
        ``uint8[N,C,H,W]`` and ``uint8[N,H,W]``.
    seeds
        As many as there are images, 0 to 2^63 - 1.
    """
    import torch
    from torchvision import tv_tensors

    pictures, truths = [], []
    with torch.random.fork_rng(devices=[]):
        for row, seed in enumerate(seeds):
            torch.default_generator.manual_seed(int(seed))
            image = tv_tensors.Image(images[row])
            if masks is None:
                pictures.append(transform(image).as_subclass(torch.Tensor))
                continue
            image, mask = transform(image, tv_tensors.Mask(masks[row]))
            pictures.append(image.as_subclass(torch.Tensor))
            truths.append(mask.as_subclass(torch.Tensor))
    return torch.stack(pictures), torch.stack(truths) if truths else None


def augmentation_code(augmentation: Augmentation, height: int, width: int) -> str:
    """Return the cell that makes the same transforms as ``AUGMENTATION``, with torch and torchvision alone.

    Where a cell has such a constant, a training of it uses it.
    """
    from inspect import getsource

    from patholearn_lab.datasets import pixel_transforms

    call = _calls(augmentation, height, width)
    own = sorted(_own(call))
    lines = ["from torchvision.transforms import v2", ""]
    if own:
        lines = ["from typing import Any", "", "import torch", "from torchvision import tv_tensors", *lines]
    for name in own:
        lines += ["", getsource(getattr(pixel_transforms, name)), ""]
    return "\n".join([*lines, f"AUGMENTATION = {_written(call, 0)}"]) + "\n"


def _calls(augmentation: Augmentation, height: int, width: int) -> Call:
    return Call("Compose", {"transforms": [_call(step, height, width) for step in augmentation.steps] or [_IDENTITY]})


_IDENTITY = Call("Identity", {})


def _call(step: Any, height: int, width: int) -> Call:
    """Return a step as a call, with how probable it is."""
    match step:
        case Mirror():
            return Call("RandomHorizontalFlip", {"p": step.p})
        case Flip():
            return Call("RandomVerticalFlip", {"p": step.p})
    certain = _certain(step, height, width)
    return certain if step.p == 1 else Call("RandomApply", {"transforms": [certain], "p": step.p})


def _certain(step: Any, height: int, width: int) -> Call:
    """Return a step as a call that is always done."""
    shorter = min(height, width)
    match step:
        case QuarterTurn():
            turns = [Call("RandomRotation", {"degrees": (angle, angle)}) for angle in (90, 180, 270)]
            return Call("RandomChoice", {"transforms": [_IDENTITY, *turns]})
        case Rotate():
            reach = 0.0 if step.angle == (0, 0) else (math.hypot(height, width) / shorter - 1) / 2
            return _with_margin(_rotation(step), reach, height, width, step.center)
        case Shear():
            reach = max(abs(math.tan(math.radians(angle))) for angle in (*step.x, *step.y)) / 2
            return _with_margin(_affine(shear=[*step.x, *step.y]), reach, height, width)
        case Zoom():
            return _with_margin(_affine(scale=step.scale), (1 / step.scale[0] - 1) / 2, height, width)
        case Shift():
            return _shift(step, height, width)
        case Crop():
            size = {"size": [height, width], "scale": step.area, "ratio": step.ratio}
            return Call("RandomResizedCrop", size)
        case Color():
            names = ("brightness", "contrast", "saturation", "hue")
            return Call("ColorJitter", {name: getattr(step, name) for name in names})
        case Stain():
            return Call("StainJitter", {"strength": step.strength, "offset": step.offset}, own=True)
        case Blur():
            # Three deviations to either side hold all of a Gaussian; the window is odd, and fits into the image.
            window = 2 * min(math.ceil(3 * step.sigma[1]), (shorter - 1) // 2) + 1
            return Call("GaussianBlur", {"kernel_size": window, "sigma": step.sigma})
        case Noise():
            return Call("AddNoise", {"distribution": step.distribution, "std": step.std}, own=True)
        case Elastic():
            call = Call("ElasticTransform", {"alpha": step.alpha, "sigma": step.sigma})
            return _with_margin(call, step.alpha / 4 / shorter, height, width)
        case CoarseDropout():
            settings = {"share": step.share, "size": step.size, "per_channel": step.per_channel}
            return Call("CoarseDropout", settings, own=True)
        case OneOf():
            return Call("RandomChoice", {"transforms": [_call(part, height, width) for part in step.steps]})
        case Sequential():
            inner = [_call(part, height, width) for part in step.steps]
            return Call("Compose", {"transforms": inner or [_IDENTITY]})
    raise TypeError(f"No step of an augmentation: {step!r}")


def _rotation(step: Rotate) -> Call:
    return Call("RandomRotation", {"degrees": step.angle, "interpolation": _INTERPOLATIONS[step.interpolation]})


def _affine(**settings: Any) -> Call:
    return Call("RandomAffine", {"degrees": 0, **settings, "interpolation": "bilinear"})


def _shift(step: Shift, height: int, width: int) -> Call:
    """Return a crop out of the mirrored surroundings: whole pixels, so that nothing is blurred."""
    rows, columns = round(step.y * height), round(step.x * width)
    pad = Call("Pad", {"padding": [min(columns, width - 1), min(rows, height - 1)], "padding_mode": "reflect"})
    return Call("Compose", {"transforms": [pad, Call("RandomCrop", {"size": [height, width]})]})


def _with_margin(call: Call, reach: float, height: int, width: int, center: tuple[float, float] | None = None) -> Call:
    """Return a call that first mirrors the image beyond its borders, so far that no empty corner comes into sight.

    `reach` is how far beyond the borders it looks, as a share of the shorter side; `center` what it turns around, in
    pixels of the image.
    """
    margin = math.ceil(reach * min(height, width))
    columns, rows = min(margin, width - 1), min(margin, height - 1)
    if center is not None:
        call = call._replace(arguments={**call.arguments, "center": [center[0] + columns, center[1] + rows]})
    if margin <= 0:
        return call
    pad = Call("Pad", {"padding": [columns, rows], "padding_mode": "reflect"})
    return Call("Compose", {"transforms": [pad, call, Call("CenterCrop", {"size": [height, width]})]})


def _made(value: Any) -> Any:
    if isinstance(value, Call):
        from torchvision.transforms import v2

        from patholearn_lab.datasets import pixel_transforms

        return getattr(pixel_transforms if value.own else v2, value.name)(
            **{name: _made(argument) for name, argument in value.arguments.items()}
        )
    return [_made(part) for part in value] if isinstance(value, list) else value


def _own(value: Any) -> set[str]:
    """Return the names of the classes in a call that torchvision does not have."""
    if isinstance(value, Call):
        return ({value.name} if value.own else set()).union(*map(_own, value.arguments.values()))
    return set[str]().union(*map(_own, value)) if isinstance(value, list) else set()


def _written(value: Any, depth: int) -> str:
    if isinstance(value, list) and any(isinstance(part, Call) for part in value):
        inner = "".join(f"{'    ' * (depth + 1)}{_written(part, depth + 1)},\n" for part in value)
        return f"[\n{inner}{'    ' * depth}]"
    if not isinstance(value, Call):
        return repr(value)
    parts = [
        _written(argument, depth) if name == "transforms" else f"{name}={_written(argument, depth)}"
        for name, argument in value.arguments.items()
    ]
    return f"{'' if value.own else 'v2.'}{value.name}({', '.join(parts)})"
