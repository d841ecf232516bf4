"""Whatever is wrong with an archive's bytes, it is read or refused with a sentence; nothing else ever comes out."""

from __future__ import annotations

from contextlib import suppress
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from patholearn_lab.datasets.archives import Limits
from patholearn_lab.datasets.images import FORMATS
from patholearn_lab.datasets.importers import find_importer
from patholearn_lab.datasets.library import DatasetLibrary
from patholearn_lab.errors import ArchiveError, PathoLearnError, TooLargeError
from patholearn_lab.paths import DataPaths
from patholearn_lab.progress import NoProgress
from patholearn_lab.testing.archives import encode, random_image, write_tar, write_zip

damage = st.lists(st.tuples(st.floats(0, 1), st.integers(1, 255)), min_size=1, max_size=4)
fuzzing = settings(
    max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture], derandomize=True
)


def damaged(data: bytes, changes: list[tuple[float, int]]) -> bytes:
    changed = bytearray(data)
    for place, flip in changes:
        changed[min(int(place * len(changed)), len(changed) - 1)] ^= flip
    return bytes(changed)


def read_or_refuse(path: Path) -> None:
    """Read everything, as an import does; only errors for people may come out."""
    with suppress(ArchiveError, TooLargeError):
        contents = find_importer(path, path.name).read(path, path.name, Limits(image_pixels=100_000), NoProgress())
        for sample in contents.samples():
            assert sample.image.shape == (contents.height, contents.width, contents.channels)


@fuzzing
@given(changes=damage)
def test_a_damaged_zip_is_read_or_refused(tmp_path: Path, changes: list[tuple[float, int]]) -> None:
    files = {f"{name}/{number}.png": encode(random_image(number, 4, 4)) for name in "ab" for number in range(3)}
    path = write_zip(tmp_path / "a.zip", files)
    path.write_bytes(damaged(path.read_bytes(), changes))
    read_or_refuse(path)


@fuzzing
@given(changes=damage)
def test_a_damaged_tar_is_read_or_refused(tmp_path: Path, changes: list[tuple[float, int]]) -> None:
    files = {f"{name}/{number}.png": encode(random_image(number, 4, 4)) for name in "ab" for number in range(3)}
    path = write_tar(tmp_path / "a.tar", files)
    path.write_bytes(damaged(path.read_bytes(), changes))
    read_or_refuse(path)


@fuzzing
@given(changes=damage, mask=st.booleans())
def test_damaged_masks_are_read_or_refused(tmp_path: Path, changes: list[tuple[float, int]], mask: bool) -> None:
    shapes = [(random_image(number, 6, 6, 1) > 127).astype("uint8") for number in range(3)]
    files = {f"images/{number}.png": encode(random_image(number, 6, 6)) for number in range(3)}
    files |= {f"masks/{number}.png": encode(shape) for number, shape in enumerate(shapes)}
    files["info.json"] = b'{"background": 0, "tumor": {"index": 1}}'
    broken = "masks/1.png" if mask else "info.json"
    files[broken] = damaged(files[broken], changes)
    read_or_refuse(write_zip(tmp_path / "a.zip", files))


@pytest.mark.parametrize("format", FORMATS)
@pytest.mark.filterwarnings("ignore::UserWarning:PIL")  # PIL warns of what it then reads anyway, such as corrupt EXIF
@fuzzing
@given(changes=damage)
def test_a_damaged_image_is_read_or_refused(tmp_path: Path, format: str, changes: list[tuple[float, int]]) -> None:
    images = [encode(random_image(number, 6, 6), format) for number in range(3)]
    files = {f"{name}/{number}.{format}": image for name in "ab" for number, image in enumerate(images)}
    files[f"b/1.{format}"] = damaged(images[1], changes)
    read_or_refuse(write_zip(tmp_path / "a.zip", files))


def test_a_file_of_another_kind_is_refused_with_what_can_be_imported(tmp_path: Path, data_paths: DataPaths) -> None:
    path = tmp_path / "slide.svs"
    path.write_bytes(b"II*\x00 no archive")
    with pytest.raises(PathoLearnError, match="no format that can be imported") as caught:
        DatasetLibrary(data_paths).import_archive(path, "slide")
    assert "one folder of images for each class" in caught.value.hint
