"""Graphs that other programs saved, recognized by what is in them.

A format is one module with a `Format`, registered here (or in another package, through the entry point group
``patholearn_lab.formats``). It keeps what it can; of everything else it says what became of it: a node of a kind that
the check reports, or a sentence among the notes.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from typing import Any

from patholearn_lab.errors import DocumentError, TooLargeError
from patholearn_lab.graph.document import MAX_BYTES, read_document
from patholearn_lab.graph.formats import layer_list, rete
from patholearn_lab.graph.formats.format import Format, Imported
from patholearn_lab.registry import Registry

formats: Registry[Format] = Registry("format of graphs", entry_point_group="patholearn_lab.formats")

for _format in (rete.FORMAT, layer_list.FORMAT):
    formats.register(_format.name, _format)


def read_any(source: str | bytes | Mapping[str, Any]) -> Imported:
    """Read an architecture, our own or another program's.

    Parameters
    ----------
    source
        The text of a file of at most 8 MB, or the object that it stands for. MongoDB's shell writes ``ObjectId("…")``
        and a comma behind the last entry; that is read too.

    Raises
    ------
    DocumentError
        When it is none of the known formats, or of a wrong form.
    TooLargeError
        When it has more than 8 MB.
    """
    raw = decode(source) if isinstance(source, (str, bytes)) else source
    if isinstance(raw, Mapping) and "schemaVersion" not in raw:
        for known in formats.values():
            if known.recognizes(raw):
                return known.read(raw)
    return Imported(read_document(source))


def decode(source: str | bytes) -> Any:
    """Return the JSON in a text, or None where it is none: the reader of our own documents then says what is wrong."""
    if len(source) > MAX_BYTES:
        raise TooLargeError(
            f"The file has {len(source):,} bytes; at most {MAX_BYTES:,} are read.",
            "Such a file holds something else than a graph. Choose another.",
            limit=MAX_BYTES,
        )
    text = source.decode("utf-8", "replace") if isinstance(source, bytes) else source
    for attempt in (text, _TOKEN.sub(_as_json, text)):
        try:
            return json.loads(attempt, parse_constant=_refuse)
        except (ValueError, RecursionError):
            continue
    return None


_TOKEN = re.compile(
    r'(?P<text>"(?:\\.|[^"\\])*")'
    r'|\b(?:ObjectId|ISODate|NumberInt|NumberLong|NumberDecimal)\(\s*(?P<value>"[^"]*"|-?[\d.]+)\s*\)'
    r"|,(?=\s*[\]}])"
)


def _as_json(found: re.Match[str]) -> str:
    """Return a token of MongoDB's shell as JSON has it; a comma behind the last entry is nothing."""
    return found["text"] or found["value"] or ""


def _refuse(constant: str) -> Any:
    raise DocumentError(f"The file holds the number {constant}; every number must be finite.", f"Replace {constant}.")
