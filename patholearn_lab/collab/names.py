"""What shared things are called; the same rules as `labextension/src/graph/shared/names.ts`.

Two people who each add a layer at the same moment both call it ``conv_2``. Were that the key in the shared map, one of
the two layers would be lost. So a new thing gets a key that only this client makes, ``conv_2~1a9f``, and the name is
worked out from the keys, in every client alike: who comes first in the order of the keys keeps the name, the others
get the next free number.
"""

from __future__ import annotations

import re
from collections.abc import Container, Iterable, Mapping

_MARK = "~"
KEY = re.compile(r"[A-Za-z_][A-Za-z0-9_-]{0,63}(~[0-9a-z]{1,16})?", re.ASCII)
_LONGEST_MARK = 16
LONGEST = 64
"""Characters of an id."""
_NUMBERED = re.compile(r"(.*?)(\d{1,9})")
_DIGITS = "0123456789abcdefghijklmnopqrstuvwxyz"


def new_key(name: str, client: int, taken: Container[str] = ()) -> str:
    """Return a key that no other client makes for a new thing of that name, and that is not taken."""
    digits = ""
    while client or not digits:
        client, digit = divmod(client, len(_DIGITS))
        digits = _DIGITS[digit] + digits
    # One's own key may be that of a thing which is called otherwise by now. A number never begins with a zero.
    while (key := f"{name}{_MARK}{digits}") in taken and len(digits) < _LONGEST_MARK:
        digits = f"0{digits}"
    return key


def wish_of(key: str) -> str:
    """Return the name that a key asks for."""
    return key.partition(_MARK)[0]


def names_of(keys: Iterable[str], settled: Mapping[str, str]) -> dict[str, str]:
    """Return the names of things by key; `settled` are names that were written down for some keys."""
    names: dict[str, str] = {}
    taken: set[str] = set()
    late: list[tuple[str, str]] = []
    for key in sorted(keys):
        wish = settled.get(key) or wish_of(key)
        if wish in taken:
            late.append((key, wish))
        else:
            taken.add(wish)
            names[key] = wish
    for key, wish in late:
        names[key] = _next_free(wish, taken)
        taken.add(names[key])
    return names


def _next_free(wish: str, taken: set[str]) -> str:
    """Return ``conv_3`` for ``conv_2``, ``data_2`` for ``data``, ``e8`` for ``e7``: the first that is not taken."""
    numbered = _NUMBERED.fullmatch(wish)
    stem, number = (numbered[1], int(numbered[2]) + 1) if numbered else (f"{wish}_", 2)
    while (name := f"{stem[: LONGEST - len(str(number))]}{number}") in taken:
        number += 1
    return name
