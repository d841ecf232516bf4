from __future__ import annotations

from collections.abc import Iterator

import pytest
from unit.widgets.run_fakes import FakeClient

from patholearn_lab.errors import ArchiveError
from patholearn_lab.widgets.uploads import Uploads


@pytest.fixture
def client() -> FakeClient:
    return FakeClient()


@pytest.fixture
def uploads(client: FakeClient) -> Iterator[Uploads]:
    uploads = Uploads(lambda: client)  # type: ignore[arg-type,return-value]
    yield uploads
    uploads.close()


def test_parts_become_the_file_that_the_client_gets_under_its_own_name(client: FakeClient, uploads: Uploads) -> None:
    upload = uploads.begin("tiles.zip", 6)
    assert uploads.part(upload, b"abc") == 3
    assert uploads.part(upload, b"def") == 6
    assert uploads.finish(upload, "tiles", "Tiles") == {"id": "tiles"}
    assert client.uploaded == [("tiles.zip", b"abcdef", "tiles", "Tiles")]


@pytest.mark.parametrize("name", ["../../outside.zip", "C:\\data\\outside.zip", "/outside.zip"])
def test_only_the_last_part_of_a_name_is_used(client: FakeClient, uploads: Uploads, name: str) -> None:
    uploads.finish(uploads.begin(name, 0), "tiles")
    assert client.uploaded[0][0] == "outside.zip"


def test_a_file_with_a_missing_part_is_refused(client: FakeClient, uploads: Uploads) -> None:
    upload = uploads.begin("tiles.zip", 6)
    uploads.part(upload, b"abc")
    with pytest.raises(ArchiveError, match="Only 3 of 6 bytes of 'tiles"):
        uploads.finish(upload, "tiles")
    assert client.uploaded == []


def test_a_forgotten_upload_leaves_nothing_and_takes_nothing(uploads: Uploads) -> None:
    upload = uploads.begin("tiles.zip", 3)
    file = uploads._file(upload)
    uploads.forget(upload)
    assert not file.exists()
    with pytest.raises(ArchiveError, match="not begun"):
        uploads.part(upload, b"abc")


def test_closing_deletes_what_is_left(uploads: Uploads) -> None:
    folder = uploads._file(uploads.begin("tiles.zip", 3)).parent.parent
    uploads.close()
    assert not folder.exists()
