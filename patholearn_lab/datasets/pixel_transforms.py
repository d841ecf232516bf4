"""Transforms that torchvision lacks, in its own form. Emitted code shows their source: it needs torchvision alone."""

from __future__ import annotations

from typing import Any

import torch
from torchvision import tv_tensors
from torchvision.transforms import v2


class StainJitter(v2.Transform):
    """More or less of each stain: its optical density times one random number, plus another."""

    def __init__(self, strength: tuple[float, float], offset: tuple[float, float]) -> None:
        super().__init__()
        self.strength, self.offset = strength, offset
        # How much red, green and blue light hematoxylin, eosin and DAB absorb: Ruifrok and Johnston (2001).
        self.absorbed = torch.tensor([[0.65, 0.70, 0.29], [0.07, 0.99, 0.11], [0.27, 0.57, 0.78]])

    def make_params(self, flat_inputs: list[Any]) -> dict[str, Any]:
        return {"factor": torch.empty(3).uniform_(*self.strength), "shift": torch.empty(3).uniform_(*self.offset)}

    def transform(self, inpt: Any, params: dict[str, Any]) -> Any:
        if isinstance(inpt, tv_tensors.Mask) or inpt.shape[-3] != 3:
            return inpt
        density = -torch.log10((inpt.float() / 255).clamp(min=1 / 255)).movedim(-3, -1)
        amounts = density @ torch.linalg.inv(self.absorbed)
        amounts = amounts * params["factor"] + params["shift"]
        light = 255 * 10 ** -(amounts @ self.absorbed)
        return tv_tensors.wrap(light.movedim(-1, -3).clamp(0, 255).round().to(inpt.dtype), like=inpt)


class AddNoise(v2.Transform):
    """Noise on every value: of a random standard deviation, for Poisson of a random mean."""

    def __init__(self, distribution: str, std: tuple[float, float]) -> None:
        super().__init__()
        self.distribution, self.std = distribution, std

    def make_params(self, flat_inputs: list[Any]) -> dict[str, Any]:
        return {"std": float(torch.empty(1).uniform_(*self.std))}

    def transform(self, inpt: Any, params: dict[str, Any]) -> Any:
        if isinstance(inpt, tv_tensors.Mask):
            return inpt
        noise = torch.zeros(inpt.shape)
        if self.distribution == "poisson":
            noise = torch.poisson(noise + params["std"])
        elif self.distribution == "laplace" and params["std"] > 0:
            noise = torch.distributions.Laplace(noise, params["std"] / 2**0.5).sample()
        elif self.distribution == "gaussian":
            noise = torch.randn(inpt.shape) * params["std"]
        return tv_tensors.wrap((inpt + noise).clamp(0, 255).round().to(inpt.dtype), like=inpt)


class CoarseDropout(v2.Transform):
    """Black rectangles: the image is divided into cells, and a random share of them is black."""

    def __init__(self, share: tuple[float, float], size: tuple[float, float], per_channel: bool) -> None:
        super().__init__()
        self.share, self.size, self.per_channel = share, size, per_channel

    def make_params(self, flat_inputs: list[Any]) -> dict[str, Any]:
        channels, height, width = flat_inputs[0].shape[-3:]
        side = float(torch.empty(1).uniform_(*self.size))
        cells = max(1, round(1 / side))
        black = torch.rand(channels if self.per_channel else 1, cells, cells) < torch.empty(1).uniform_(*self.share)
        rows, columns = (torch.arange(pixels) * cells // pixels for pixels in (height, width))
        return {"black": black[:, rows[:, None], columns]}

    def transform(self, inpt: Any, params: dict[str, Any]) -> Any:
        if isinstance(inpt, tv_tensors.Mask):
            return inpt
        return tv_tensors.wrap(inpt.masked_fill(params["black"], 0), like=inpt)
