"""YAML without surprises: no tags, no aliases (both can explode or run code), no key twice, and texts stay texts.

YAML 1.1 turns ``no`` into False and ``1:30`` into 90. Here every scalar is a text that knows whether it was quoted.
"""

from __future__ import annotations

from typing import Any

import yaml  # type: ignore[import-untyped]

_DEEPEST = 20


class Text(str):
    """A scalar as it was written.

    Attributes
    ----------
    quoted
        Whether it stood in quotation marks: ``5`` may be a number, ``'5'`` is a name.
    """

    quoted: bool = False

    @property
    def is_null(self) -> bool:
        """Whether it means that there is nothing."""
        return not self.quoted and self in {"", "~", "null", "Null", "NULL"}

    @property
    def integer(self) -> int | None:
        """The integer that it is; None where it is none."""
        return int(self) if not self.quoted and self.isascii() and self.isdecimal() and len(self) < 19 else None


def read_plain_yaml(text: str) -> Any:
    """Return dicts, lists and :class:`Text` out of one YAML document.

    Raises
    ------
    ValueError
        When it is no YAML, or has what is not taken; the text says what, and in which line.
    """
    loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
    open_nodes: list[_Node] = []
    root: Any = None
    seen = False
    try:
        for event in yaml.parse(text, Loader=loader):
            where = f"in line {event.start_mark.line + 1}"
            if isinstance(event, yaml.AliasEvent) or getattr(event, "anchor", None):
                raise ValueError(f"an anchor or alias (& or *) {where}")
            if getattr(event, "tag", None):
                raise ValueError(f"a tag (!) {where}")
            if isinstance(event, yaml.DocumentStartEvent) and seen:
                raise ValueError(f"a second document {where}")
            if isinstance(event, yaml.CollectionStartEvent):
                if len(open_nodes) == _DEEPEST:
                    raise ValueError(f"more than {_DEEPEST} levels {where}")
                open_nodes.append(_Node({} if isinstance(event, yaml.MappingStartEvent) else []))
                continue
            if isinstance(event, yaml.ScalarEvent):
                value: Any = Text(event.value)
                value.quoted = not event.implicit[0]
            elif isinstance(event, yaml.CollectionEndEvent):
                value = open_nodes.pop().value
            else:
                continue
            seen = True
            if open_nodes:
                open_nodes[-1].add(value, where)
            else:
                root = value
    except yaml.YAMLError as error:
        raise ValueError(" ".join(str(error).split())[:300]) from error
    return root


class _Node:
    """A dict or list that is being filled."""

    def __init__(self, value: Any) -> None:
        self.value = value
        self._key: Text | None = None

    def add(self, value: Any, where: str) -> None:
        if isinstance(self.value, list):
            self.value.append(value)
        elif self._key is None:
            if not isinstance(value, Text) or value in self.value:
                raise ValueError(f"a key that is no text, or there twice, {where}")
            self._key = value
        else:
            self.value[self._key] = value
            self._key = None
