from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace

import pytest

from patholearn_lab.errors import NotFoundError
from patholearn_lab.widgets.exports import PART_BYTES, Exports

DATA = bytes(range(256)) * (PART_BYTES // 256) + b"the rest"


@pytest.fixture
def exports() -> Iterator[Exports]:
    def export(id: str, path: Path, format: str) -> None:
        assert (id, format) == ("tiles", "folders")
        path.write_bytes(DATA)

    exports = Exports(lambda: SimpleNamespace(datasets=SimpleNamespace(export=export)))  # type: ignore[arg-type,return-value]
    yield exports
    exports.close()


def test_a_set_is_fetched_part_by_part(exports: Exports) -> None:
    begun = exports.begin("tiles", "folders")
    parts = [exports.part(begun["file"], start) for start in (0, PART_BYTES)]
    assert b"".join(parts) == DATA
    assert begun["size"] == len(DATA)


def test_a_file_that_was_fetched_is_gone(exports: Exports) -> None:
    file = exports.begin("tiles", "folders")["file"]
    path = exports._path(file)
    exports.forget(file)
    assert not path.exists()
    with pytest.raises(NotFoundError):
        exports.part(file, 0)
    with pytest.raises(NotFoundError):
        exports.part("../secret", 0)


def test_closing_deletes_what_is_left(exports: Exports) -> None:
    folder = exports._path(exports.begin("tiles", "folders")["file"]).parent
    exports.close()
    assert not folder.exists()
