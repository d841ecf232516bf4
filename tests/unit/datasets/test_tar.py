"""Tar archives go through the same checks as zips: what is in them, what they want to be, and what they unpack to."""

from __future__ import annotations

import gzip
import io
import tarfile
from pathlib import Path

import numpy as np
import pytest

from patholearn_lab.datasets.archives import Limits, open_archive
from patholearn_lab.datasets.library import DatasetLibrary
from patholearn_lab.errors import ArchiveError, PathoLearnError, TooLargeError
from patholearn_lab.paths import DataPaths
from patholearn_lab.testing.archives import class_files, write_tar, write_zip


@pytest.fixture
def library(data_paths: DataPaths) -> DatasetLibrary:
    return DatasetLibrary(data_paths)


def refusal(path: Path, limits: Limits | None = None) -> PathoLearnError:
    with pytest.raises((ArchiveError, TooLargeError)) as caught, open_archive(path, limits):
        pass
    assert caught.value.hint
    return caught.value


def entry(name: str, kind: bytes = tarfile.REGTYPE, target: str = "") -> tuple[tarfile.TarInfo, bytes]:
    info = tarfile.TarInfo(name)
    info.type, info.linkname = kind, target
    return info, b""


@pytest.mark.parametrize("ending", ["tar", "tar.gz"])
@pytest.mark.parametrize("prefix", ["", "./"])
def test_a_tar_gives_what_the_zip_of_its_files_gives(
    tmp_path: Path, data_paths: DataPaths, library: DatasetLibrary, ending: str, prefix: str
) -> None:
    files = class_files(("normal", "tumor"), 5)
    packed = {prefix + name: data for name, data in files.items()}
    folder = [entry("./", tarfile.DIRTYPE)] if prefix else []
    tar = library.import_archive(write_tar(tmp_path / f"tiles.{ending}", packed, folder), "tar")
    zipped = library.import_archive(write_zip(tmp_path / "tiles.zip", files), "zip")
    assert tar.content_hash == zipped.content_hash
    assert (tar.splits, tar.classes) == (zipped.splits, zipped.classes)
    stores = [library.open(id) for id in ("tar", "zip")]
    names = [store.names(range(10)) for store in stores]
    assert names[0] == names[1]
    np.testing.assert_array_equal(stores[0].images(range(10)), stores[1].images(range(10)))
    assert list(data_paths.scratch.iterdir()) == []


@pytest.mark.parametrize(
    ("extra", "problem"),
    [
        (entry("../evil.png"), "leads outside"),
        (entry("a/../../evil.png"), "leads outside"),
        (entry("/etc/evil.png"), "absolute path"),
        (entry("a\\evil.png"), "backslash"),
        (entry("a/evil\n.png"), "control characters"),
        (entry("ok/1.png"), "is there twice"),
        (entry("a/evil.tar.gz"), "archive inside"),
        (entry("a/evil.png", tarfile.SYMTYPE, "/etc/passwd"), "symbolic link"),
        (entry("a/evil.png", tarfile.LNKTYPE, "ok/1.png"), "hard link"),
        (entry("a/evil.png", tarfile.CHRTYPE), "neither a file nor a folder"),
        (entry("a/evil.png", tarfile.FIFOTYPE), "neither a file nor a folder"),
    ],
)
def test_what_wants_to_be_somewhere_else_is_refused_by_name(
    tmp_path: Path, extra: tuple[tarfile.TarInfo, bytes], problem: str
) -> None:
    name = extra[0].name
    error = refusal(write_tar(tmp_path / "bad.tar", {"ok/1.png": b"x"}, [extra]))
    assert problem in error.message
    assert error.details["file"] == name


def test_a_tar_over_a_limit_is_refused(tmp_path: Path) -> None:
    path = write_tar(tmp_path / "big.tar", {f"a/{number}.png": b"x" * 100 for number in range(3)})
    assert "more than 2 files" in refusal(path, Limits(files=2)).message
    assert "'a/0.png'" in refusal(path, Limits(member_bytes=99)).message
    assert "passed at 'a/2.png'" in refusal(path, Limits(total_bytes=299)).message


def test_a_gzip_bomb_is_refused_before_it_fills_the_disk(
    tmp_path: Path, data_paths: DataPaths, library: DatasetLibrary
) -> None:
    path = tmp_path / "bomb.tar.gz"
    with gzip.open(path, "wb", 1) as file:
        for _ in range(65):
            file.write(bytes(2**20))
    with pytest.raises(TooLargeError, match="65 MiB"):
        library.import_archive(path, "bomb")
    with pytest.raises(TooLargeError, match="3 MiB"):
        library.import_archive(path, "bomb", limits=Limits(total_bytes=2 * 2**20))
    assert list(data_paths.scratch.iterdir()) == []


def test_a_gzip_that_is_cut_off_is_refused(tmp_path: Path, library: DatasetLibrary) -> None:
    path = write_tar(tmp_path / "cut.tar.gz", class_files())
    path.write_bytes(path.read_bytes()[:-200])
    with pytest.raises(ArchiveError, match=r"'cut.tar.gz' is damaged"):
        library.import_archive(path, "cut")


def test_a_header_that_cannot_be_read_does_not_end_the_archive_unseen(tmp_path: Path) -> None:
    path = write_tar(tmp_path / "bad.tar", {f"a/{number}.png": b"x" for number in range(4)})
    data = bytearray(path.read_bytes())
    data[2 * 1024] ^= 1  # the third header: 512 bytes each, and 512 of content
    path.write_bytes(bytes(data))
    assert "the header at byte 2,048" in refusal(path).message


def test_a_tar_that_is_cut_off_is_refused(tmp_path: Path) -> None:
    path = write_tar(tmp_path / "cut.tar", {"a/1.png": b"x" * 2000})
    path.write_bytes(path.read_bytes()[:1500])
    assert "cannot be read as a tar archive" in refusal(path).message


def test_a_header_that_asks_for_memory_is_refused(tmp_path: Path) -> None:
    info = tarfile.TarInfo("a/1.png")
    info.pax_headers = {"comment": "x" * 2**21}
    path = tmp_path / "wide.tar"
    with tarfile.open(path, "w", format=tarfile.PAX_FORMAT) as archive:
        archive.addfile(info, io.BytesIO(b""))
    assert "a header of" in refusal(path).message
