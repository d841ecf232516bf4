"""Frames and remarks of a picture. `labextension/src/graph/annotations.ts` puts them onto the editor's canvas."""

from __future__ import annotations

import textwrap
from collections.abc import Iterator, Mapping
from html import escape
from typing import NamedTuple

from patholearn_lab.graph.document import Document
from patholearn_lab.graph.parts import Color, Remark

_CARD_WIDTH, _CARD_HEIGHT = 200.0, 72.0
"""A card of the editor: it is larger than one of the picture, which so fits into the same frame."""
_PADDING, _TITLE = 14.0, 32.0
_LETTER_PX, _LINE_PX = 6.8, 17.0
"""How wide a letter is, on the average, and how high a line, at 13 px."""
_INK = "#1f2933"
_HUES: Mapping[Color, tuple[int, int, int]] = {
    "gray": (0x75, 0x75, 0x75),
    "blue": (0x19, 0x76, 0xD2),
    "green": (0x2E, 0x7D, 0x32),
    "yellow": (0xE0, 0xA8, 0x00),
    "red": (0xD3, 0x2F, 0x2F),
    "purple": (0x8E, 0x24, 0xAA),
}


class Box(NamedTuple):
    """In CSS px at zoom 1."""

    left: float
    top: float
    width: float
    height: float


def frame_boxes(document: Document) -> dict[str, Box]:
    """Return what each frame encloses; nothing for one whose nodes are all gone."""
    boxes: dict[str, Box] = {}
    for key, frame in sorted(document.frames.items()):
        nodes = [document.nodes[node] for node in frame.nodes if node in document.nodes]
        if nodes:
            left = min(node.x for node in nodes) - _CARD_WIDTH / 2 - _PADDING
            top = min(node.y for node in nodes) - _CARD_HEIGHT / 2 - _TITLE
            right = max(node.x for node in nodes) + _CARD_WIDTH / 2 + _PADDING
            bottom = max(node.y for node in nodes) + _CARD_HEIGHT / 2 + _PADDING
            boxes[key] = Box(left, top, right - left, bottom - top)
    return boxes


def remark_box(remark: Remark) -> Box:
    """Return where a remark stands."""
    return Box(remark.x - remark.width / 2, remark.y - remark.height / 2, remark.width, remark.height)


def frames(document: Document) -> Iterator[str]:
    """Draw the frames, which lie below all else."""
    for key, box in frame_boxes(document).items():
        frame = document.frames[key]
        label = safe_text(frame.label, max(1, int((box.width - 24) / (_LETTER_PX * 1.1))))
        yield f"{_rectangle(box, frame.color, 0.1, 10)}{_words(box.left + 12, box.top + 20, label, bold=True)}"


def remarks(document: Document) -> Iterator[str]:
    """Draw the remarks, as much of each as its paper has room for."""
    for _, remark in sorted(document.remarks.items()):
        box = remark_box(remark)
        room = max(1, int((box.height - 12) / _LINE_PX))
        lines = textwrap.TextWrapper(
            width=max(4, int((box.width - 16) / _LETTER_PX)), max_lines=room, placeholder=" …"
        ).wrap
        shown = [line for paragraph in remark.text.splitlines() for line in lines(paragraph) or [""]]
        if len(shown) > room:
            shown = [*shown[: room - 1], f"{shown[room - 1]} …"]
        yield _rectangle(box, remark.color, 0.2, 4) + "".join(
            _words(box.left + 8, box.top + 20 + _LINE_PX * row, safe_text(line, 400)) for row, line in enumerate(shown)
        )


def safe_text(text: str, longest: int) -> str:
    """Return text that may stand in a picture: one line, no control characters, no markup."""
    line = "".join(letter for letter in " ".join(text.split()) if letter.isprintable())
    return escape(line if len(line) <= longest else f"{line[: longest - 1]}…")


def _rectangle(box: Box, color: Color, share: float, radius: int) -> str:
    return (
        f'<rect x="{box.left:.0f}" y="{box.top:.0f}" width="{box.width:.0f}" height="{box.height:.0f}" rx="{radius}" '
        f'fill="{_tint(color, share)}" stroke="{_tint(color, 0.6)}"/>'
    )


def _words(x: float, y: float, text: str, *, bold: bool = False) -> str:
    weight = ' font-weight="600"' if bold else ""
    return f'<text x="{x:.0f}" y="{y:.0f}" fill="{_INK}"{weight}>{text}</text>' if text else ""


def _tint(color: Color, share: float) -> str:
    """Mix a color with white: letters on it are dark in every theme, and a translucent one would be dark on black."""
    return "#" + "".join(f"{round(255 + (part - 255) * share):02x}" for part in _HUES[color])
