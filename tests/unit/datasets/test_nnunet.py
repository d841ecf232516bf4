"""nnU-Net's raw folders: volumes and pictures, cases that stay together, and what is refused."""

from __future__ import annotations

import contextlib
import gzip
import io
import json
from pathlib import Path
from typing import Any

import nibabel
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from patholearn_lab.datasets.archives import Limits
from patholearn_lab.datasets.importers.nifti import read_volume
from patholearn_lab.datasets.library import DatasetLibrary
from patholearn_lab.datasets.store import DatasetStore
from patholearn_lab.errors import ArchiveError, PathoLearnError, TooLargeError
from patholearn_lab.paths import DataPaths
from patholearn_lab.testing.archives import encode, random_image, write_zip

CASES = ("a", "b", "c", "d")


def nifti(values: np.ndarray[Any, Any]) -> bytes:
    """Return a volume [x, y, z] as a .nii.gz file."""
    return gzip.compress(nibabel.Nifti1Image(values, np.eye(4)).to_bytes())  # type: ignore[no-untyped-call]


def volume(seed: int) -> np.ndarray[Any, Any]:
    return np.random.default_rng(seed).integers(-1000, 1000, (6, 8, 3)).astype(np.int16)


def files(labels: Any = None, **changes: bytes | None) -> dict[str, bytes]:
    made: dict[str, bytes] = {
        "dataset.json": json.dumps(
            {
                "channel_names": {"0": "CT"},
                "labels": labels or {"background": 0, "tumor": 1, "ignore": 2},
                "numTraining": 4,
                "file_ending": ".nii.gz",
                "name": "Livers",
                "licence": "CC0",
            }
        ).encode()
    }
    for number, case in enumerate(CASES):
        values = volume(number)
        made[f"imagesTr/{case}_0000.nii.gz"] = nifti(values)
        made[f"labelsTr/{case}.nii.gz"] = nifti((values > 0).astype(np.uint8) + (values > 900))
    made |= {key: value for key, value in changes.items() if value is not None}
    return {f"Dataset004/{key}": value for key, value in made.items() if changes.get(key, b"") is not None}


def imported(folder: Path, paths: DataPaths, content: dict[str, bytes]) -> DatasetStore:
    library = DatasetLibrary(paths)
    library.import_archive(write_zip(folder / "livers.zip", content), "livers")
    return library.open("livers")


def test_a_volume_gives_its_slices_and_a_case_is_in_one_split(tmp_path: Path, data_paths: DataPaths) -> None:
    store = imported(tmp_path, data_paths, files())
    manifest = store.manifest
    assert (manifest.name, manifest.licence, manifest.classes) == ("Livers", "CC0", ("background", "tumor"))
    assert (len(store), manifest.height, manifest.width, manifest.channels) == (12, 8, 6, 1)
    assert (manifest.grouped_by, manifest.groups) == ("patient", 4)
    for case in range(4):
        assert len({store.split_of(index) for index in range(case * 3, case * 3 + 3)}) == 1
    values = volume(1)
    mask = (values > 0).astype(np.uint8)
    mask[values > 900] = 255  # what is to be ignored is not annotated
    np.testing.assert_array_equal(store.masks([3])[0], np.rot90(mask[:, :, 0]))
    slices = store.images([3, 4, 5])
    assert (slices.min(), slices.max()) == (0, 255)
    image = slices[0, ..., 0]
    assert np.corrcoef(image.ravel(), np.rot90(values[:, :, 0]).ravel())[0, 1] > 0.99
    assert store.names([4]) == ["b/slice 1"]


def test_channels_in_files_of_their_own_are_laid_together(tmp_path: Path, data_paths: DataPaths) -> None:
    more = {f"imagesTr/{case}_000{n}.nii.gz": nifti(volume(10 * n)) for case in CASES for n in (1, 2)}
    assert imported(tmp_path, data_paths, files(**more)).manifest.channels == 3


def test_pictures_are_taken_as_they_are(tmp_path: Path, data_paths: DataPaths) -> None:
    content = {
        "dataset.json": json.dumps(
            {
                "channel_names": {"0": "R", "1": "G", "2": "B"},
                "labels": {"0": "none", "1": "road"},
                "file_ending": ".png",
            }
        ).encode()
    }
    for number, case in enumerate(CASES):
        content[f"imagesTr/{case}_0000.png"] = encode(random_image(number))
        mask = io.BytesIO()
        Image.fromarray((random_image(number)[..., 0] > 99).astype(np.uint8)).save(mask, "PNG")
        content[f"labelsTr/{case}.png"] = mask.getvalue()
    content |= {"imagesTs/t_0000.png": content["imagesTr/a_0000.png"], "labelsTs/t.png": content["labelsTr/a.png"]}
    store = imported(tmp_path, data_paths, content)
    np.testing.assert_array_equal(store.images([2])[0], random_image(2))
    assert [store.split_of(index) for index in range(5)].count("test") == 1
    assert store.split_of(4) == "test"


@pytest.mark.parametrize(
    ("changes", "problem"),
    [
        ({"labels": {"background": 0, "whole": [1, 2]}}, "names no labels with one whole number each"),
        ({"labels": {"background": 0, "tumor": 0}}, "each with a value of its own"),
        ({"dataset.json": b"{"}, "is no JSON"),
        ({"labelsTr/b.nii.gz": None}, "b_0000.nii.gz' in 'livers.zip' has no label file"),
        ({"imagesTr/b_0000.nii.gz": None}, "has no image b_0000.nii.gz"),
        (
            {"imagesTr/b_0000.nii.gz": None, "labelsTr/b.nii.gz": None, "imagesTr/b.nii.gz": nifti(volume(1))},
            "no number of",
        ),
        ({"labelsTr/b.nii.gz": nifti(volume(1)[:5])}, "is 5 × 8 pixels in 3 slices, but its image"),
        ({"labelsTr/b.nii.gz": nifti(np.full((6, 8, 3), 7, np.uint8))}, "holds the value 7, which no label"),
        ({"labelsTr/b.nii.gz": nifti(np.full((6, 8, 3), 0.5, np.float32))}, "holds the value 0.5"),
        ({"labelsTr/b.nii.gz": b"\x1f\x8bjunk"}, "'Dataset004/labelsTr/b.nii.gz' is damaged"),
        ({"labelsTr/b.nii.gz": b"junk"}, "is no NIfTI file"),
        ({"imagesTr/b_0001.nii.gz": nifti(volume(1))}, "is one of 2 channels"),
    ],
)
def test_what_does_not_fit_is_refused_by_its_file(
    tmp_path: Path, data_paths: DataPaths, changes: dict[str, Any], problem: str
) -> None:
    with pytest.raises(ArchiveError) as caught:
        imported(tmp_path, data_paths, files(**changes))
    assert problem in caught.value.message
    assert list(data_paths.datasets.iterdir()) == []


def test_a_volume_of_another_size_is_refused(tmp_path: Path, data_paths: DataPaths) -> None:
    small = volume(1)[:5]
    with pytest.raises(ArchiveError, match="is 5 × 8 pixels with 1 channels, but others are 6 × 8"):
        imported(
            tmp_path,
            data_paths,
            files(**{"imagesTr/b_0000.nii.gz": nifti(small), "labelsTr/b.nii.gz": nifti((small > 0).astype(np.uint8))}),
        )


def test_a_volume_that_unpacks_to_too_much_is_refused() -> None:
    with pytest.raises(TooLargeError, match="over 1 MiB unpacked"):
        read_volume(nifti(np.zeros((200, 200, 60), np.uint8)), "bomb.nii.gz", Limits(member_bytes=2**20))


@given(at=st.integers(0, 351), to=st.binary(min_size=1, max_size=4))
@settings(max_examples=40)
def test_a_damaged_header_is_refused_or_read_and_never_fails_otherwise(at: int, to: bytes) -> None:
    data = bytearray(nibabel.Nifti1Image(volume(0), np.eye(4)).to_bytes())  # type: ignore[no-untyped-call]
    data[at : at + len(to)] = to
    with contextlib.suppress(PathoLearnError):
        assert read_volume(bytes(data), "a.nii", Limits()).ndim == 3
