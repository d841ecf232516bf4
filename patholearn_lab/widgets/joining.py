"""A notebook's editor over a file that several people draw in."""

from __future__ import annotations

from pathlib import Path

from patholearn_lab.client.connection import find_connections
from patholearn_lab.client.live import LiveArchitecture
from patholearn_lab.errors import PathoLearnError
from patholearn_lab.graph.architecture import Architecture


def join(path: Path, drawn: Architecture) -> LiveArchitecture | None:
    """Join the shared drawing in a file, which is written first where it is not there yet.

    None where there is nothing to join: no server, one that does not share documents, or a file outside its folder.
    """
    if not find_connections():
        return None
    if not path.exists():
        drawn.save(path)
    try:
        return LiveArchitecture(path)
    except PathoLearnError:
        return None
