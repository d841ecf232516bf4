"""Drawing H&E-like tiles: nuclei as irregular outlines with chromatin, stroma with fibers, colors by Beer and Lambert.

A tile is made of two concentrations, hematoxylin and eosin, for each pixel. Light that passes through them is
``I = I0 · exp(−(c_H v_H + c_E v_E))`` (Beer-Lambert), with the stain vectors ``v`` of Macenko et al., "A method for
normalizing histology slides for quantitative analysis", ISBI 2009.

What tells the classes apart is the shape of things alone. So that colors do not, each tile draws the strength of its
stains, its light and the share of its area that nuclei cover from distributions that do not know the class, and each
nucleus is scaled to the same mean density, however its chromatin is arranged.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float32]

HEMATOXYLIN = np.array([0.5626, 0.7201, 0.4062], np.float32)
EOSIN = np.array([0.2159, 0.8012, 0.5581], np.float32)

_BATCH = 64
"""Tiles whose background is made together. Part of what a seed means: another number draws other tiles."""

_HALF = 13
"""Half the side of the square in which one nucleus is drawn, in pixels."""

_COVERED = (0.15, 0.30)
"""The least and the largest share of a tile that nuclei cover, in both classes."""

_CANDIDATES = 12


@dataclass(frozen=True)
class NucleusKind:
    """How nuclei of one kind look; lengths in pixels (about 1 µm each).

    Parameters
    ----------
    radius, radius_spread
        Mean radius, and the standard deviation of its logarithm: how unlike each other they are.
    elongation
        Largest ratio of the long axis to the short one, less 1.
    irregularity
        Amplitude of the bumps of the outline, relative to the radius.
    clumping
        Strength of the chromatin's clumps.
    grain
        Width of the clumps, in pixels.
    nucleoli
        Probability of a visible nucleolus.
    crowding
        Probability that a nucleus lies against another one instead of in the largest gap.
    """

    radius: float
    radius_spread: float
    elongation: float
    irregularity: float
    clumping: float
    grain: float
    nucleoli: float
    crowding: float

    def towards(self, other: NucleusKind, share: float) -> NucleusKind:
        """Return a kind that is `share` of the way to `other`."""
        return NucleusKind(
            **{name: value + share * (getattr(other, name) - value) for name, value in vars(self).items()}
        )


NORMAL = NucleusKind(
    radius=3.3, radius_spread=0.08, elongation=0.25, irregularity=0.02,
    clumping=0.15, grain=0.8, nucleoli=0.0, crowding=0.0,
)  # fmt: skip
TUMOR = NucleusKind(
    radius=5.4, radius_spread=0.30, elongation=0.70, irregularity=0.10,
    clumping=0.40, grain=1.3, nucleoli=0.7, crowding=0.8,
)  # fmt: skip


class Tile(NamedTuple):
    """A drawn tile: the image ``uint8[H,W,3]``, and its nuclei numbered from 1, ``uint16[H,W]``."""

    image: NDArray[np.uint8]
    instances: NDArray[np.uint16]


def draw_tiles(labels: NDArray[np.int64], tile_px: int, difficulty: float, seed: int) -> Iterator[Tile]:
    """Draw one tile for each label (0 normal, 1 tumor).

    Parameters
    ----------
    labels
        ``int64[n]``.
    tile_px
        Height and width of a tile.
    difficulty
        0: the kinds of nuclei as above; 1: tumor is three quarters of the way to normal, half of its nuclei all of it.
    seed
        The same seed draws the same tiles.
    """
    kinds = (NORMAL, TUMOR.towards(NORMAL, 0.75 * difficulty))
    for start in range(0, len(labels), _BATCH):
        generator = np.random.default_rng([seed, start])
        batch = labels[start : start + _BATCH]
        nuclei = [
            _draw_nuclei(generator, kinds[int(label)], tile_px, odd_share=0.5 * difficulty * int(label))
            for label in batch
        ]
        density = np.stack([density for density, _ in nuclei])
        images = _stain(generator, density, _draw_eosin(generator, density))
        for image, (_, instances) in zip(images, nuclei, strict=True):
            yield Tile(image, instances)


def _draw_nuclei(
    generator: np.random.Generator, kind: NucleusKind, tile_px: int, odd_share: float
) -> tuple[Floats, NDArray[np.uint16]]:
    """Return hematoxylin (1 is a nucleus of mean density) and numbered nuclei, both of the tile's size."""
    # Twice what the area asks for: some nuclei hide behind others or lie partly outside.
    most = 8 + int(2 * _COVERED[1] * tile_px**2 / (np.pi * kind.radius**2))
    shapes = _draw_shapes(generator, kind, most)
    odd = generator.random(most) < odd_share
    if odd.any():
        for theirs, normal in zip(shapes, _draw_shapes(generator, NORMAL, int(odd.sum())), strict=True):
            theirs[odd] = normal
    pad = 2 * _HALF  # centers may lie outside the tile
    side = tile_px + 2 * pad
    density, instances = np.zeros((side, side), np.float32), np.zeros((side, side), np.uint16)
    inside = np.s_[pad : side - pad, pad : side - pad]
    # The last nucleus passes the target by half its area on average, more where nuclei are large: stop that early.
    target = generator.uniform(*_COVERED) * tile_px**2 - 0.5 * np.pi * kind.radius**2
    centers = np.empty((most, 2))
    for number in range(most):
        if np.count_nonzero(instances[inside]) >= target:
            break
        center = _choose_place(generator, centers[:number], shapes.radius[: number + 1], kind, tile_px)
        centers[number] = center
        top, left = np.round(center).astype(int) + pad - _HALF
        window = np.s_[top : top + 2 * _HALF + 1, left : left + 2 * _HALF + 1]
        alpha = shapes.alpha[number]
        # A nucleus in front hides the one behind it.
        density[window] = density[window] * (1 - alpha) + shapes.density[number] * alpha
        instances[window][alpha >= 0.5] = number + 1
    return density[inside], _renumber(instances[inside])


class _Shapes(NamedTuple):
    """Nuclei in squares of their own: coverage and density ``float32[n,27,27]``, mean radius ``float32[n]``."""

    alpha: Floats
    density: Floats
    radius: Floats


def _draw_shapes(generator: np.random.Generator, kind: NucleusKind, count: int) -> _Shapes:
    """Draw `count` nuclei of a kind at once."""
    axis = np.arange(-_HALF, _HALF + 1, dtype=np.float32)
    each = (count, 1, 1)
    radius = _f32(np.exp(generator.normal(np.log(kind.radius), kind.radius_spread, each))).clip(1.8, _HALF * 0.65)
    stretch = np.sqrt(1 + _f32(generator.uniform(0, kind.elongation, each)))
    turn = _f32(generator.uniform(0, np.pi, each))
    y = axis[:, None] - _f32(generator.uniform(-0.5, 0.5, each))
    x = axis - _f32(generator.uniform(-0.5, 0.5, each))
    along = (x * np.cos(turn) + y * np.sin(turn)) / stretch
    across = (y * np.cos(turn) - x * np.sin(turn)) * stretch
    distance = np.hypot(along, across) + np.float32(1e-6)
    outline = radius * (1 + _bumps(generator, kind.irregularity, (along + 1j * across) / distance)).clip(0.5, 1.6)
    alpha = (outline - distance + 0.5).clip(0, 1)
    rim = 0.30 * ((distance / outline - 0.55) / 0.35).clip(0, 1)
    density = 0.9 + rim + kind.clumping * _smooth_noise(generator, count, 2 * _HALF + 1, kind.grain)
    spot_y, spot_x = (_f32(generator.uniform(-0.4, 0.4, each)) * radius for _ in range(2))
    has_spot = generator.random(each) < kind.nucleoli
    density += has_spot * 0.9 * np.exp(-((along - spot_x) ** 2 + (across - spot_y) ** 2) / np.float32(2 * 0.9**2))
    density = density.clip(0.35, None)
    density *= alpha.sum((1, 2), keepdims=True) / (density * alpha).sum((1, 2), keepdims=True)
    return _Shapes(alpha, density, radius[:, 0, 0])


def _bumps(generator: np.random.Generator, amplitude: float, direction: NDArray[np.complex64]) -> Floats:
    """Return the bumps of outlines in each direction (a complex number of length 1), as a sum of a few harmonics."""
    # The real part of (e^iθ)^k times e^iφ is cos(kθ + φ): powers cost a fifth of cosines.
    power, result = direction, np.zeros(direction.shape, np.float32)
    for harmonic in range(2, 6):
        power = power * direction
        strength = generator.normal(0, amplitude / np.sqrt(harmonic - 1), (len(direction), 1, 1))
        phase = generator.uniform(0, 2 * np.pi, (len(direction), 1, 1))
        result += (power * (strength * np.exp(1j * phase)).astype(np.complex64)).real
    return result


def _choose_place(
    generator: np.random.Generator, others: NDArray[np.float64], radii: Floats, kind: NucleusKind, tile_px: int
) -> NDArray[np.float64]:
    """Return the center (y, x) of the next nucleus; centers may lie a little outside, so that tiles cut nuclei."""
    margin = kind.radius
    if len(others) and generator.random() < kind.crowding:
        # Against another nucleus, where it covers the least of the rest.
        neighbor = generator.integers(len(others), size=_CANDIDATES)
        angle = generator.uniform(0, 2 * np.pi, _CANDIDATES)
        reach = (radii[neighbor] + radii[-1]) * generator.uniform(0.85, 1.1, _CANDIDATES)
        candidates = others[neighbor] + np.stack([np.sin(angle), np.cos(angle)], 1) * reach[:, None]
        candidates = candidates.clip(-margin, tile_px - 1 + margin)
    else:
        candidates = generator.uniform(-margin, tile_px - 1 + margin, (_CANDIDATES, 2))
    if not len(others):
        return np.asarray(candidates[0])
    # Distances around the edges: else the largest gaps would always be at the rim, and nuclei would line up there.
    period = tile_px - 1 + 2 * margin
    apart = np.abs(candidates[:, None] - others[None])
    apart = np.minimum(apart, np.abs(period - apart))
    gaps = np.sqrt((apart**2).sum(2)) - radii[None, :-1]
    return np.asarray(candidates[np.argmax(gaps.min(1))])


def _draw_eosin(generator: np.random.Generator, density: Floats) -> Floats:
    """Return eosin for each pixel of a batch: fibers, cytoplasm around nuclei, and gaps."""
    count, size, _ = density.shape
    y, x = np.mgrid[:size, :size].astype(np.float32)
    turn = generator.uniform(0, np.pi, (count, 1, 1))
    wavelength = generator.uniform(4.5, 9.0, (count, 1, 1))
    warp = _smooth_noise(generator, count, size, 7.0) * generator.uniform(2.0, 6.0, (count, 1, 1))
    fibers = np.cos(2 * np.pi * (x * np.cos(turn) + y * np.sin(turn) + warp) / wavelength)
    fibers *= (0.5 + 0.5 * _smooth_noise(generator, count, size, 5.0)).clip(0, 1.2)
    grain = _smooth_noise(generator, count, size, 1.0)
    cloud = _smooth_noise(generator, count, size, 9.0)
    cytoplasm = _blur(density, 2.5)
    eosin = 0.62 + 0.13 * fibers + 0.05 * grain + 0.10 * cloud + 0.22 * cytoplasm
    gap = ((_smooth_noise(generator, count, size, 4.5) - generator.uniform(1.0, 2.6, (count, 1, 1))) / 0.25).clip(0, 1)
    return np.asarray((eosin * (1 - 0.85 * gap * (1 - 1.6 * cytoplasm).clip(0, 1))).clip(0.03, None), np.float32)


def _stain(generator: np.random.Generator, hematoxylin: Floats, eosin: Floats) -> NDArray[np.uint8]:
    """Return the images of a batch, ``uint8[n,H,W,3]``: stains, light, optics and the camera's noise."""
    count = len(hematoxylin)
    per_tile = (count, 1, 1, 1)
    h = hematoxylin[..., None] * generator.normal(1.0, 0.16, per_tile).clip(0.6, 1.5) * 1.05
    h = h + 0.08 * generator.random(per_tile)  # a little of the blue is everywhere
    e = eosin[..., None] * generator.normal(0.62, 0.12, per_tile).clip(0.3, 1.0)
    vectors = [stain * generator.normal(1.0, 0.03, (count, 1, 1, 3)) for stain in (HEMATOXYLIN, EOSIN)]
    optical_density = h * vectors[0] + e * (1 - 0.35 * np.minimum(hematoxylin[..., None], 1)) * vectors[1]
    light = generator.uniform(226, 250, per_tile) * generator.normal(1.0, 0.012, (count, 1, 1, 3))
    image = light * np.exp(-_blur(optical_density, 0.6))
    image += generator.normal(0, 2.2, image.shape)
    return np.round(image).clip(0, 255).astype(np.uint8)


def _smooth_noise(generator: np.random.Generator, count: int, size: int, sigma: float) -> Floats:
    """Return `count` fields ``float32[count,size,size]`` of noise with waves of about `sigma` pixels, spread 1."""
    field = _blur(generator.standard_normal((count, size, size), np.float32), sigma)
    return np.asarray(field / field.std((1, 2), keepdims=True))


def _blur(field: Floats, sigma: float) -> Floats:
    """Blur axes 1 and 2 of ``[n,H,W,…]`` with a Gaussian of `sigma` pixels."""
    from scipy.ndimage import gaussian_filter

    return np.asarray(gaussian_filter(field, sigma, axes=(1, 2), mode="reflect", truncate=3.0), np.float32)


def _renumber(instances: NDArray[np.uint16]) -> NDArray[np.uint16]:
    """Number the nuclei that are still visible 1, 2, 3, …"""
    present = np.unique(instances)
    return np.searchsorted(np.union1d([0], present), instances).astype(np.uint16)


def _f32(values: NDArray[np.float64]) -> Floats:
    return values.astype(np.float32)
