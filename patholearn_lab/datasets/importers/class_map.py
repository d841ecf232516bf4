"""``info.json``: what the classes of the masks are called, and which value or color each has, as PathoLearn writes it.

::

    {"background": {"index": 0, "color": [0, 0, 0]},
     "tumor":      {"index": 1, "color": [255, 0, 255]}}

The short forms ``{"tumor": 1}`` and ``{"tumor": "#ff00ff"}`` mean the same, and all of it may lie below ``class_map``.
"""

from __future__ import annotations

import json
import re
from typing import Any, NamedTuple

from patholearn_lab.datasets.archives import Member, SafeArchive
from patholearn_lab.errors import ArchiveError

NAME = "info.json"
MOST_CLASSES = 256
"""A mask in the store has 8 bits."""

_MOST_BYTES = 2**20
_BYTE, _WORD = 256, 65_536
_FORM = 'Write it as {"background": {"index": 0, "color": [0, 0, 0]}, "tumor": {"index": 1, "color": [255, 0, 255]}}.'


class MaskClass(NamedTuple):
    """A class: its name, its value in grey masks (``index``), and its color (0xRRGGBB) in colored ones, or None."""

    name: str
    value: int | None = None
    color: int | None = None


def read_class_map(archive: SafeArchive, member: Member) -> tuple[MaskClass, ...]:
    """Return the classes in the order of their indices, or of the file where it gives none.

    Raises
    ------
    ArchiveError
        When the file is no such map; the message names the class and the value.
    """
    data = archive.read(member)
    if len(data) > _MOST_BYTES:
        raise _refuse(archive, member, f"has {len(data):,} bytes; at most {_MOST_BYTES:,} are taken")
    try:
        found = json.loads(data.decode("utf-8-sig"), object_pairs_hook=_once)
    except (UnicodeDecodeError, ValueError, RecursionError) as error:
        raise _refuse(archive, member, f"is not JSON as it is needed: {error}") from error
    inner = found.get("class_map", found) if isinstance(found, dict) else found
    if not isinstance(inner, dict) or not 2 <= len(inner) <= MOST_CLASSES:
        count = f"{len(inner):,} classes" if isinstance(inner, dict) else f"a {type(inner).__name__}"
        raise _refuse(archive, member, f"holds {count}, but has to name 2 to {MOST_CLASSES} classes")
    classes = []
    for name, value in inner.items():
        try:
            classes.append(_mask_class(name, value))
        except ValueError as error:
            raise _refuse(archive, member, f"gives the class {name!r} {str(value)[:80]!r}, {error}") from error
    for field in ("index", "color"):
        _ensure_distinct(archive, member, classes, field)
    return tuple(sorted(classes, key=lambda one: -1 if one.value is None else one.value))


def _mask_class(name: str, value: Any) -> MaskClass:
    """Return one entry, or raise ValueError with what is wrong about it."""
    if not name.strip() or len(name) > 100:
        raise ValueError("but a name has 1 to 100 characters")
    given = value if isinstance(value, dict) else {"index" if isinstance(value, int) else "color": value}
    index, color = given.get("index"), given.get("color")
    if index is None and color is None:
        raise ValueError("which has neither 'index' nor 'color'")
    if index is not None and (type(index) is not int or not 0 <= index < _WORD):
        raise ValueError(f"but an index is an integer from 0 to {_WORD - 1:,}")
    return MaskClass(name.strip(), index, None if color is None else _color(color))


def _color(value: Any) -> int:
    if isinstance(value, str) and re.fullmatch("#[0-9a-fA-F]{6}", value):
        return int(value[1:], 16)
    if isinstance(value, list) and len(value) == 3 and all(type(one) is int and 0 <= one < _BYTE for one in value):
        red, green, blue = value
        return int(red << 16 | green << 8 | blue)
    raise ValueError("but a color is [red, green, blue], each from 0 to 255, or '#ff00ff'")


def _ensure_distinct(archive: SafeArchive, member: Member, classes: list[MaskClass], field: str) -> None:
    values = [one.color if field == "color" else one.value for one in classes]
    if None in values and any(value is not None for value in values):
        raise _refuse(archive, member, f"gives {classes[values.index(None)].name!r} no {field}, but others one")
    first: dict[int, str] = {}
    for one, value in zip(classes, values, strict=True):
        if value in first:
            shown = f"#{value:06x}" if field == "color" else value
            raise _refuse(archive, member, f"gives {first[value]!r} and {one.name!r} the same {field}, {shown}")
        if value is not None:
            first[value] = one.name


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) < len(pairs):
        names = [name for name, _ in pairs]
        raise ValueError(f"{next(name for name in names if names.count(name) > 1)!r} is there twice")
    return found


def _refuse(archive: SafeArchive, member: Member, problem: str) -> ArchiveError:
    return ArchiveError(f"The file {member.path!r} in {archive.name!r} {problem}.", _FORM, file=member.path)
