"""The history of a drawing: versions that people saved under a name, and those that a training kept by itself.

Below ``versions/<graph id>/`` a version is a card ``<version id>.json``, and its drawing is in ``documents/`` under the
SHA-256 of its own bytes: equal drawings take their room once, and what was changed on the disk is noticed. Cards and
documents are written whole or not at all; a document is written before the card that names it. Comments are talk about
a drawing and no part of its versions.
"""

from __future__ import annotations

import builtins
import logging
import secrets
import threading
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from hashlib import sha256
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pydantic import AwareDatetime, BaseModel, ConfigDict, ValidationError

from patholearn_lab.audit import append_audit
from patholearn_lab.errors import ConflictError, InvalidInputError, NotFoundError, TooLargeError
from patholearn_lab.paths import DataPaths, ensure_name, write_atomically

if TYPE_CHECKING:
    from patholearn_lab.graph.document import Document
    from patholearn_lab.graph.inputs import DatasetLookup

MAX_SAVED = MAX_TRAINED = 200
"""Versions of one drawing that have a name, and those that trainings kept. Of the latter the oldest goes."""
MAX_BYTES = 100_000_000
"""What the drawings of all versions of one drawing may take on the disk."""
MAX_NAME, MAX_NOTE = 80, 2000
MAX_RUNS = 100
"""The newest trainings that a version names."""

_log = logging.getLogger(__name__)


class Version(BaseModel):
    """What is known about one version of a drawing.

    Parameters
    ----------
    id
        Its own, which begins with the time.
    graph
        The drawing's ``meta.id``.
    name, note
        What somebody called it, and why it was kept. A version that a training kept has no name until it gets one.
    author
        Who saved it, or started the training.
    content
        SHA-256 of the drawing as it is written, in hex.
    layers, parameters
        Its layers between data set and output, and their numbers to learn, where its data set was known.
    runs
        The trainings of exactly this drawing that are there still, the newest first.
    """

    model_config = ConfigDict(frozen=True)

    id: str
    graph: str
    name: str = ""
    note: str = ""
    author: str
    created_at: AwareDatetime
    content: str
    layers: int
    parameters: int
    runs: tuple[str, ...] = ()

    @property
    def title(self) -> str:
        """What to call it: its name, or the training that kept it."""
        return self.name or f"Training of {self.created_at:%Y-%m-%d %H:%M}"


class VersionStore:
    """The versions of all drawings of a data folder. One process works on them at a time, in several threads.

    Parameters
    ----------
    paths
        The data folder.
    lookup
        Finds data sets, so that a version knows its parameters.
    publish
        Told of every change: topic ``versions``, data ``{graph, id, deleted}``.
    """

    def __init__(self, paths: DataPaths, lookup: DatasetLookup, publish: Callable[[str, Any], object]) -> None:
        self._paths = paths
        self._lookup = lookup
        self._publish = publish
        self._lock = threading.Lock()

    def list(self, graph: str) -> builtins.list[Version]:
        """Return the versions of a drawing, the newest first."""
        with self._lock:
            return [self._shown(version) for version in self._cards(graph)]

    def find(self, graph: str, id: str) -> Version:
        """Return one version.

        Raises
        ------
        NotFoundError
            When the drawing has no such version.
        """
        return self._shown(self._card(graph, id))

    def open(self, graph: str, id: str) -> Document:
        """Return the drawing as it was.

        Raises
        ------
        NotFoundError
            When the drawing has no such version.
        ConflictError
            When what is on the disk is not what was written there.
        """
        from patholearn_lab.graph.document import read_document

        version = self._card(graph, id)
        file = self._document(graph, version.content)
        data = file.read_bytes() if file.is_file() else b""
        if sha256(data).hexdigest() != version.content:
            raise ConflictError(
                f"The version {version.title!r} is damaged: its drawing on the disk is not what was written there.",
                "Delete the version, or bring the data folder back from a backup.",
                file=str(file),
            )
        return read_document(data)

    def save(self, document: Document, name: str, note: str = "", author: str = "") -> Version:
        """Keep a drawing as it is now, under a name.

        Raises
        ------
        InvalidInputError
            When the name is empty, or name or note too long.
        ConflictError
            When another version of the drawing has that name.
        TooLargeError
            When the drawing has 200 named versions already, or they would take over 100 MB.
        """
        document = document.model_copy(update={"comments": {}})
        graph, name, note = document.meta.id, _name(name), _note(note)
        with self._lock:
            cards = self._cards(graph)
            _ensure_free(cards, name)
            if sum(bool(card.name) for card in cards) >= MAX_SAVED:
                raise TooLargeError(
                    f"The drawing {document.meta.name!r} has {MAX_SAVED} named versions, and more are not kept.",
                    "Delete versions that nobody needs, or fork the drawing: the new one has a history of its own.",
                    limit=MAX_SAVED,
                )
            version = self._write(document, author, name=name, note=note)
        self._tell("save", version, author)
        return version

    def keep(self, document: Document, run: str, author: str = "") -> Version:
        """Keep the drawing that a training was started with, and return its version.

        Where a version is exactly that drawing already, the training is added to it. Of the versions that nobody named
        the oldest goes where there are too many.

        Raises
        ------
        TooLargeError
            When all versions of the drawing would take over 100 MB.
        """
        document = document.model_copy(update={"comments": {}})
        graph, content = document.meta.id, _content(document)[1]
        with self._lock:
            same = next((card for card in self._cards(graph) if card.content == content), None)
            if same is not None and run in same.runs:
                return same  # A training that goes on after a pause.
            if same is not None:
                version = same.model_copy(update={"runs": (run, *same.runs)[:MAX_RUNS]})
                self._write_card(version)
            else:
                version = self._write(document, author, runs=(run,))
                unnamed = [card for card in self._cards(graph) if not card.name]
                for old in unnamed[MAX_TRAINED:]:
                    self._remove(old)
        self._tell("save", version, author, run=run)
        return version

    def edit(self, graph: str, id: str, name: str | None = None, note: str | None = None, who: str = "") -> Version:
        """Call a version something else, or say something else about it; what is None stays.

        Raises
        ------
        NotFoundError, InvalidInputError, ConflictError
            When there is no such version, or the name cannot be used or is taken.
        """
        with self._lock:
            version = self._card(graph, id)
            changes: dict[str, str] = {}
            if name is not None:
                changes["name"] = _name(name)
                _ensure_free([card for card in self._cards(graph) if card.id != id], changes["name"])
            if note is not None:
                changes["note"] = _note(note)
            version = version.model_copy(update=changes)
            self._write_card(version)
        self._tell("edit", version, who)
        return self._shown(version)

    def delete(self, graph: str, id: str, who: str = "") -> None:
        """Delete a version; the drawing itself and its other versions stay.

        Raises
        ------
        NotFoundError
            When there is no such version.
        """
        with self._lock:
            version = self._card(graph, id)
            self._remove(version)
        self._tell("delete", version, who)

    def _write(self, document: Document, author: str, **card: Any) -> Version:
        from patholearn_lab.graph.check import check

        graph = document.meta.id
        data, content = _content(document)
        file = self._document(graph, content)
        if not file.exists():
            file.parent.mkdir(parents=True, exist_ok=True)
            taken = sum(other.stat().st_size for other in file.parent.iterdir())
            if taken + len(data) > MAX_BYTES:
                raise TooLargeError(
                    f"The versions of {document.meta.name!r} take {taken / 1e6:,.0f} MB, and with this one they would "
                    f"take over {MAX_BYTES / 1e6:,.0f} MB.",
                    "Delete versions that nobody needs, or fork the drawing: the new one has a history of its own.",
                    limit=MAX_BYTES,
                )
            write_atomically(file, data)
        totals = check(document, self._lookup).totals
        now = datetime.now(UTC)
        version = Version(
            id=f"{now:%Y%m%d-%H%M%S-%f}-{secrets.token_hex(2)}",
            graph=graph,
            author=author,
            created_at=now,
            content=content,
            layers=totals.layers,
            parameters=totals.parameters,
            **card,
        )
        self._write_card(version)
        return version

    def _write_card(self, version: Version) -> None:
        write_atomically(self._file(version.graph, version.id), version.model_dump_json(indent=2))

    def _remove(self, version: Version) -> None:
        self._file(version.graph, version.id).unlink()
        if all(card.content != version.content for card in self._cards(version.graph)):
            self._document(version.graph, version.content).unlink(missing_ok=True)

    def _cards(self, graph: str) -> builtins.list[Version]:
        return sorted(_read_cards(self._paths.drawing_versions(graph)), key=lambda card: card.id, reverse=True)

    def _card(self, graph: str, id: str) -> Version:
        for card in _read_cards(self._paths.drawing_versions(graph), f"{ensure_name(id, 'version')}.json"):
            return card
        raise NotFoundError(
            f"The drawing {graph!r} has no version {id!r} (any more).",
            "client.versions.list(graph) has those that there are.",
            graph=graph,
            id=id,
        )

    def _shown(self, version: Version) -> Version:
        """Leave out the runs that were deleted."""
        there = tuple(run for run in version.runs if self._paths.run(run).is_dir())
        return version if there == version.runs else version.model_copy(update={"runs": there})

    def _file(self, graph: str, id: str) -> Path:
        return self._paths.drawing_versions(graph) / f"{ensure_name(id, 'version')}.json"

    def _document(self, graph: str, content: str) -> Path:
        return self._paths.drawing_versions(graph) / "documents" / f"{content}.arch.json"

    def _tell(self, action: str, version: Version, who: str, **facts: Any) -> None:
        facts |= {"graph": version.graph, "version": version.id, "name": version.name}
        append_audit(self._paths.audit, action, who=who, **facts)
        self._publish("versions", {"graph": version.graph, "id": version.id, "deleted": action == "delete"})


def _read_cards(folder: Path, pattern: str = "*.json") -> Iterator[Version]:
    for file in folder.glob(pattern):
        try:
            yield Version.model_validate_json(file.read_bytes())
        except ValidationError as error:
            # One card that somebody broke by hand must not hide the others.
            _log.warning("The version %s cannot be read and is left out: %s", file, error)


def _content(document: Document) -> tuple[bytes, str]:
    from patholearn_lab.graph.document import write_document

    data = write_document(document).encode()
    return data, sha256(data).hexdigest()


def _name(name: str) -> str:
    plain = " ".join(name.split())
    if not 1 <= len(plain) <= MAX_NAME:
        raise InvalidInputError(
            f"A version's name has 1 to {MAX_NAME} characters, and {plain[:MAX_NAME]!r} has {len(plain)}.",
            "Say in a few words what is special about it: 'before dropout'. The note has room for more.",
        )
    return plain


def _note(note: str) -> str:
    if len(note) > MAX_NOTE:
        raise InvalidInputError(
            f"A version's note has at most {MAX_NOTE:,} characters, and this one has {len(note):,}.", "Shorten it."
        )
    return note.strip()


def _ensure_free(cards: list[Version], name: str) -> None:
    taken = next((card for card in cards if card.name.casefold() == name.casefold()), None)
    if taken is not None:
        raise ConflictError(
            f"A version is called {taken.name!r} already; it is of {taken.created_at:%Y-%m-%d %H:%M} (UTC).",
            "Choose another name, or rename that version first.",
            id=taken.id,
        )
