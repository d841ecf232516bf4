"""What a cell's network answers: one output or several, what each is compared with, and of which shape it has to be."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import torch

from patholearn_lab.errors import CodeError

_WORDS = {
    "labels": "one score for each of the {count} classes ({names})",
    "tags": "one score for each of the {count} classes ({names})",
    "masks": "an image with one channel for each of the {count} classes ({names})",
    "values": "one value for each of {names}",
    "images": "an image like the one that went in",
}
_MENDS = {
    "labels": "Let the last Linear layer have {count} outputs, after nn.Flatten(), and let forward return them.",
    "tags": "Let the last Linear layer have {count} outputs, after nn.Flatten(), and let forward return them.",
    "masks": "Let the last layer be nn.Conv2d(…, {count}, kernel_size=1) on an image as high and wide as the mask.",
    "values": "Let the last Linear layer have {count} outputs, after nn.Flatten(), and let forward return them.",
    "images": "Let the last layer give as many channels as the image has, as high and wide.",
}


@dataclass(frozen=True)
class Answer:
    """One output of a network.

    Parameters
    ----------
    name
        The key under which ``forward`` returns it; empty where it returns nothing else.
    target
        What it is compared with: labels, tags, masks, values or images.
    classes
        The names of its classes or values, in their order; empty for images.
    """

    name: str
    target: str
    classes: tuple[str, ...]

    def shape(self, image: tuple[int, int, int]) -> tuple[int, ...]:
        """Return the shape it has to have for one image ``(C, H, W)``."""
        if self.target == "images":
            return image
        return (len(self.classes), *image[1:]) if self.target == "masks" else (len(self.classes),)

    def of(self, outputs: Any) -> Any:
        """Return its part of what ``forward`` returned; None where it is missing."""
        if not self.name:
            return outputs
        return outputs.get(self.name) if isinstance(outputs, Mapping) else None

    def truth(self, targets: Any) -> torch.Tensor:
        """Return what it is compared with in a batch."""
        truth: torch.Tensor = targets[self.target] if isinstance(targets, Mapping) else targets
        return truth


def answers_of(constants: Mapping[str, Any], usual: str, names: Mapping[str, Sequence[str]]) -> list[Answer]:
    """Return what the network of a cell answers.

    Parameters
    ----------
    constants
        The cell's module-level names; only ``TARGET`` (of one output) and ``TARGETS`` (of several) are looked at.
    usual
        What it is compared with where the cell does not say.
    names
        The names of the classes or values of each target of the data set.
    """
    several = constants.get("TARGETS")
    if isinstance(several, Mapping) and several:
        named = {str(name): str(target) for name, target in several.items()}
    else:
        named = {"": str(constants.get("TARGET") or usual)}
    return [Answer(name, target, tuple(names.get(target, ()))) for name, target in named.items()]


def ensure_answers_fit(answers: Sequence[Answer], outputs: Any, image: tuple[int, int, int], images: int) -> None:
    """Raise CodeError unless `outputs`, which ``forward`` gave for `images` images, has the answers in their shapes."""
    for answer in answers:
        found, due = answer.of(outputs), (images, *answer.shape(image))
        is_tensor = isinstance(found, torch.Tensor)
        if is_tensor and tuple(found.shape) == due:
            continue
        if answer.name and found is None:
            there = ", ".join(map(str, outputs)) if isinstance(outputs, Mapping) else type(outputs).__name__
            raise CodeError(
                f"The cell names an output {answer.name!r} in TARGETS, but forward does not return it: it gives "
                f"{there}.",
                f'Let forward return a dictionary with the key "{answer.name}", or take the name out of TARGETS.',
                line=None,
                traceback_tail=[],
            )
        filled = {"count": len(answer.classes), "names": ", ".join(answer.classes)}
        at = f" at {answer.name!r}" if answer.name else ""
        raise CodeError(
            f"The network has to give {_WORDS[answer.target].format(**filled)}{at}, that is the shape {due} for "
            f"two images, but it gives {tuple(found.shape) if is_tensor else type(found).__name__}.",
            _MENDS[answer.target].format(**filled),
            line=None,
            traceback_tail=[],
        )
