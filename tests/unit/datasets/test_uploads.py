"""Files that arrive in parts: what is safely here is known, whatever happens in between."""

from __future__ import annotations

import errno
import os
import time
import zlib
from collections.abc import Iterable

import pytest

from patholearn_lab.datasets.uploads import DAY_S, MOST_AT_ONCE, PART_BYTES, Upload, UploadBox
from patholearn_lab.errors import (
    ConflictError,
    InvalidInputError,
    NotFoundError,
    TooLargeError,
    UnavailableError,
)
from patholearn_lab.paths import DataPaths

DATA = os.urandom(2 * PART_BYTES + 5)
PARTS = [DATA[start : start + PART_BYTES] for start in range(0, len(DATA), PART_BYTES)]


@pytest.fixture
def box(data_paths: DataPaths) -> UploadBox:
    return UploadBox(data_paths, 10_000_000)


def begin(box: UploadBox, name: str = "tiles.zip", owner: str = "ada") -> Upload:
    return box.begin(name, len(DATA), zlib.crc32(PARTS[0]), owner)


def send(box: UploadBox, upload: Upload, numbers: Iterable[int] = range(len(PARTS))) -> None:
    for number in numbers:
        box.part(upload.id, number, PARTS[number], zlib.crc32(PARTS[number]), "ada")


def test_parts_in_any_order_become_the_file(box: UploadBox) -> None:
    upload = begin(box)
    assert upload.missing == (0, 1, 2)
    send(box, upload, (2, 0, 1, 0))
    path, whole = box.whole(upload.id, "ada")
    assert whole.missing == ()
    assert path.read_bytes() == DATA


def test_the_same_file_goes_on_where_it_was_also_for_a_server_that_was_started_anew(
    box: UploadBox, data_paths: DataPaths
) -> None:
    send(box, begin(box), (0, 2))
    again = begin(UploadBox(data_paths, 10_000_000))
    assert again.missing == (1,)
    assert again.checksums[0] == zlib.crc32(PARTS[0])


def test_a_file_with_missing_parts_is_not_given_out(box: UploadBox) -> None:
    upload = begin(box)
    send(box, upload, (1,))
    with pytest.raises(ConflictError, match=r"1 of 3 parts of 'tiles\.zip' are here"):
        box.whole(upload.id)


def test_a_line_that_a_crash_tore_is_a_part_that_is_missing(box: UploadBox, data_paths: DataPaths) -> None:
    upload = begin(box)
    send(box, upload, (0, 1))
    lines = data_paths.uploads / upload.id / "parts.jsonl"
    lines.write_bytes(lines.read_bytes()[:-9])
    assert box.find(upload.id).missing == (1, 2)
    send(box, upload, (1, 2))
    assert box.whole(upload.id)[0].read_bytes() == DATA


def test_two_files_of_one_name_are_kept_apart(box: UploadBox) -> None:
    other = box.begin("tiles.zip", len(DATA), 7, "ada")
    assert other.id != begin(box).id != begin(box, owner="bob").id


def test_two_files_that_only_begin_alike_are_not_mixed(box: UploadBox) -> None:
    upload = begin(box)
    send(box, upload)
    wrong = bytes(len(PARTS[2]))
    with pytest.raises(ConflictError, match=r"Part 2 of 'tiles\.zip' is here already"):
        box.part(upload.id, 2, wrong, zlib.crc32(wrong), "ada")
    assert box.whole(upload.id)[0].read_bytes() == DATA


@pytest.mark.parametrize(
    ("number", "data", "checksum"),
    [(0, PARTS[0], 1), (0, PARTS[0][:-1], zlib.crc32(PARTS[0][:-1])), (3, b"x", zlib.crc32(b"x")), (-1, b"", 0)],
    ids=["damaged", "too short", "after the last", "before the first"],
)
def test_a_part_that_is_damaged_or_does_not_belong_is_refused(
    box: UploadBox, number: int, data: bytes, checksum: int
) -> None:
    upload = begin(box)
    with pytest.raises(InvalidInputError, match=r"tiles\.zip"):
        box.part(upload.id, number, data, checksum, "ada")
    assert box.find(upload.id).missing == (0, 1, 2)


def test_only_the_last_part_of_a_name_is_kept(box: UploadBox) -> None:
    for name in ("../../outside.zip", "C:\\data\\outside.zip", "/outside.zip"):
        assert box.begin(name, 5, 1).file_name == "outside.zip"


def test_a_file_over_the_limit_or_empty_is_refused(box: UploadBox) -> None:
    with pytest.raises(TooLargeError, match=r"'huge\.zip' has 10\.0 MB; 10 MB"):
        box.begin("huge.zip", 10_000_001, 0)
    with pytest.raises(InvalidInputError, match="empty"):
        box.begin("nothing.zip", 0, 0)


def test_a_person_has_so_many_uploads_and_no_more(box: UploadBox) -> None:
    for number in range(MOST_AT_ONCE):
        box.begin(f"{number}.zip", 5, 1, "ada")
    with pytest.raises(ConflictError, match="20 uploads are begun"):
        box.begin("more.zip", 5, 1, "ada")
    box.begin("more.zip", 5, 1, "bob")


def test_nobody_else_finds_sends_or_deletes_it(box: UploadBox) -> None:
    upload = begin(box)
    for attempt in (
        lambda: box.find(upload.id, "eve"),
        lambda: box.part(upload.id, 0, PARTS[0], zlib.crc32(PARTS[0]), "eve"),
        lambda: box.forget(upload.id, "eve"),
        lambda: box.find("../uploads"),
    ):
        with pytest.raises(NotFoundError):
            attempt()
    assert box.list("eve") == []


def test_a_full_disk_says_so_and_keeps_what_is_there(
    box: UploadBox, data_paths: DataPaths, monkeypatch: pytest.MonkeyPatch
) -> None:
    upload = begin(box)
    send(box, upload, (0,))

    def full(descriptor: int) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr("patholearn_lab.datasets.uploads.os.fsync", full)
    with pytest.raises(UnavailableError, match=r"no room for 'tiles\.zip'"):
        send(box, upload, (1,))
    monkeypatch.undo()
    assert box.find(upload.id).missing == (1, 2)
    send(box, upload, (1, 2))
    assert box.whole(upload.id)[0].read_bytes() == DATA


def test_a_file_for_which_the_disk_has_no_room_is_not_begun(box: UploadBox, monkeypatch: pytest.MonkeyPatch) -> None:
    class Usage:
        free = 1_000_000

    monkeypatch.setattr("patholearn_lab.datasets.uploads.shutil.disk_usage", lambda path: Usage)
    with pytest.raises(UnavailableError, match=r"4\.2 MB are needed, 1\.0 MB are free"):
        begin(box)


def test_what_nobody_goes_on_with_is_cleared_after_some_days(box: UploadBox, data_paths: DataPaths) -> None:
    upload = begin(box)
    (data_paths.uploads / "leftover").mkdir()
    assert box.clear() == 1  # the folder that is no upload
    assert box.clear(time.time() + 6.9 * DAY_S) == 0
    assert box.clear(time.time() + 7.1 * DAY_S) == 1
    with pytest.raises(NotFoundError):
        box.find(upload.id)
    assert list(data_paths.scratch.iterdir()) == []


def test_an_upload_that_is_given_up_leaves_nothing(box: UploadBox, data_paths: DataPaths) -> None:
    upload = begin(box)
    send(box, upload, (0,))
    box.forget(upload.id, "ada")
    assert list(data_paths.uploads.iterdir()) == []
    with pytest.raises(NotFoundError):
        send(box, upload, (1,))
