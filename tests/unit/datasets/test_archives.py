"""Archives that want too much, or to be somewhere else."""

from __future__ import annotations

import stat
import zipfile
from pathlib import Path

import pytest

from patholearn_lab.datasets.archives import Limits, open_archive
from patholearn_lab.errors import ArchiveError, PathoLearnError, TooLargeError
from patholearn_lab.testing.archives import write_zip


def refusal(path: Path, limits: Limits | None = None) -> PathoLearnError:
    with pytest.raises((ArchiveError, TooLargeError)) as caught, open_archive(path, limits):
        pass
    assert caught.value.hint
    return caught.value


@pytest.mark.parametrize(
    ("name", "problem"),
    [
        ("../evil.png", "leads outside"),
        ("a/../../evil.png", "leads outside"),
        ("a/./b.png", "leads outside"),
        ("a//b.png", "leads outside"),
        ("/etc/passwd", "absolute path"),
        ("C:/evil.png", "absolute path"),
        ("a\\b.png", "backslash"),
        ("a/b\n.png", "control characters"),
        ("a/b\x00.png", "control characters"),
        ("a/more.zip", "archive inside"),
        ("a/more.tar.gz", "archive inside"),
    ],
)
def test_a_name_that_could_be_misread_is_refused_by_name(tmp_path: Path, name: str, problem: str) -> None:
    info = zipfile.ZipInfo("placeholder")
    info.filename = info.orig_filename = name
    path = write_zip(tmp_path / "bad.zip", {"ok/1.png": b"x"}, [(info, b"x")])
    error = refusal(path)
    assert problem in error.message
    assert error.details["file"] == name


def test_a_symbolic_link_is_refused(tmp_path: Path) -> None:
    link = zipfile.ZipInfo("a/link.png")
    link.external_attr = (stat.S_IFLNK | 0o777) << 16
    assert "symbolic link" in refusal(write_zip(tmp_path / "bad.zip", {}, [(link, b"/etc/passwd")])).message


def test_a_device_is_refused(tmp_path: Path) -> None:
    device = zipfile.ZipInfo("a/device")
    device.external_attr = (stat.S_IFCHR | 0o600) << 16
    assert "neither a file nor a folder" in refusal(write_zip(tmp_path / "bad.zip", {}, [(device, b"")])).message


def test_an_encrypted_file_is_refused(tmp_path: Path) -> None:
    path = write_zip(tmp_path / "bad.zip", {"a/1.png": b"x"})
    data = bytearray(path.read_bytes())
    for mark, offset in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
        data[data.index(mark) + offset] |= 1
    path.write_bytes(data)
    assert "encrypted" in refusal(path).message


def test_a_bomb_is_refused_by_its_ratio_before_it_is_unpacked(tmp_path: Path) -> None:
    error = refusal(write_zip(tmp_path / "bomb.zip", {"normal/bomb.png": bytes(4 * 2**20)}))
    assert "normal/bomb.png" in error.message
    assert "times when unpacked" in error.message


def test_many_small_files_that_pack_too_well_are_a_bomb(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("patholearn_lab.datasets.archives.BOMB_FLOOR", 2**20)
    path = write_zip(tmp_path / "bomb.zip", {f"a/{number}.png": bytes(2**20) for number in range(3)})
    assert "grows" in refusal(path).message


@pytest.mark.parametrize(
    ("limits", "problem"),
    [
        (Limits(files=2), "holds more than 2 files"),
        (Limits(total_bytes=2500), "is over"),
        (Limits(member_bytes=999), "'a/0.png'"),
    ],
)
def test_a_limit_is_named_when_it_is_passed(tmp_path: Path, limits: Limits, problem: str) -> None:
    path = write_zip(tmp_path / "large.zip", {f"a/{number}.png": bytes(range(250)) * 4 for number in range(3)})
    error = refusal(path, limits)
    assert isinstance(error, TooLargeError)
    assert problem in error.message


def test_a_file_that_is_there_twice_is_refused(tmp_path: Path) -> None:
    twice = zipfile.ZipInfo("b/1.png")
    path = write_zip(tmp_path / "bad.zip", {"a/1.png": b"x", "c/1.png": b"y"}, [(twice, b"x")])
    path.write_bytes(path.read_bytes().replace(b"b/1.png", b"a/1.png"))
    assert "twice" in refusal(path).message


def test_what_is_no_zip_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "notes.zip"
    path.write_text("not a zip")
    assert "cannot be read as a zip" in refusal(path).message


def test_damaged_bytes_are_refused_when_they_are_read(tmp_path: Path) -> None:
    path = write_zip(tmp_path / "damaged.zip", {"a/1.png": bytes(range(256)) * 8})
    data = bytearray(path.read_bytes())
    data[60] ^= 0xFF
    path.write_bytes(data)
    with open_archive(path) as archive, pytest.raises(ArchiveError, match=r"a/1\.png.*damaged"):
        archive.read(archive.members[0])


def test_what_operating_systems_leave_behind_is_ignored(tmp_path: Path) -> None:
    path = write_zip(
        tmp_path / "a.zip", {"a/1.png": b"x", "__MACOSX/a/._1.png": b"", "a/.DS_Store": b"", "a/Thumbs.db": b""}
    )
    with open_archive(path) as archive:
        assert [member.path for member in archive.members] == ["a/1.png"]
        assert archive.folders == {("a",)}


def test_decomposed_letters_are_composed(tmp_path: Path) -> None:
    with open_archive(write_zip(tmp_path / "a.zip", {"dru\u0308se/1.png": b"x"})) as archive:
        assert archive.members[0].path == "drüse/1.png"
