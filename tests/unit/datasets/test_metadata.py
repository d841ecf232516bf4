"""metadata.csv beside the images, as Hugging Face's imagefolder has it: what is taken, and what is refused by name."""

from __future__ import annotations

import io
import zipfile
from contextlib import closing
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from patholearn_lab.datasets.archives import Limits, SafeArchive
from patholearn_lab.datasets.containers import ZipContainer
from patholearn_lab.datasets.importers import metadata
from patholearn_lab.datasets.library import DatasetLibrary
from patholearn_lab.datasets.manifest import Manifest
from patholearn_lab.errors import ArchiveError, TooLargeError
from patholearn_lab.paths import DataPaths
from patholearn_lab.testing.archives import class_files, write_zip

HEADER = "file_name,age,smoker"


@pytest.fixture
def library(data_paths: DataPaths) -> DatasetLibrary:
    return DatasetLibrary(data_paths)


def table(files: dict[str, bytes], header: str = HEADER, below: str = "") -> list[str]:
    """Return the lines of a table with a row for each image: its age is its place, every second one smokes."""
    names = [name.removeprefix(below) for name in files if name.startswith(below)]
    return [header, *(f"{name},{place}.5,{place % 2}" for place, name in enumerate(names))]


def load(library: DatasetLibrary, folder: Path, files: dict[str, bytes], **tables: str | list[str]) -> Manifest:
    """Import images with tables, whose folders are the keyword with a slash for each double underscore."""
    for place, lines in tables.items():
        prefix = place.removeprefix("root").replace("__", "/")
        text = lines if isinstance(lines, str) else "\n".join(lines)
        files = {**files, f"{prefix}metadata.csv": text.encode()}
    return library.import_archive(write_zip(folder / "tiles.zip", files), "tiles")


def test_numbers_beside_class_folders_become_features(tmp_path: Path, library: DatasetLibrary) -> None:
    files = class_files(count=5)
    manifest = load(library, tmp_path, files, root=table(files))
    assert manifest.classes == ("normal", "tumor")
    assert manifest.features == ("age", "smoker")
    store = library.open("tiles")
    ages = {name: place + 0.5 for place, name in enumerate(files)}
    names = store.names(range(len(store)))
    np.testing.assert_array_equal(store.features()[:, 0], [ages[name] for name in names])
    assert all(name.startswith(str(store.class_of(index))) for index, name in enumerate(names))


def test_each_split_may_have_a_table_of_its_own(tmp_path: Path, library: DatasetLibrary) -> None:
    files = class_files(count=5, prefix="train/") | class_files(count=3, prefix="test/")
    tables = {f"{split}__": table(files, below=f"{split}/") for split in ("train", "test")}
    manifest = load(library, tmp_path, files, **tables)
    assert manifest.count("test") == 6
    assert manifest.features == ("age", "smoker")


@pytest.mark.parametrize("split", ["", "train/"])
def test_a_column_of_labels_takes_the_place_of_class_folders(
    tmp_path: Path, library: DatasetLibrary, split: str
) -> None:
    files = class_files(("images",), 8, split)
    rows = [f"{name},{'benign' if place < 4 else 'malignant'},{place}" for place, name in enumerate(files)]
    manifest = load(library, tmp_path, files, root=["file_name,label,age", *rows])
    assert manifest.classes == ("benign", "malignant")
    assert manifest.features == ("age",)
    store = library.open("tiles")
    np.testing.assert_array_equal(store.labels(), store.features()[:, 0] >= 4)


def test_labels_without_features_are_taken_too(tmp_path: Path, library: DatasetLibrary) -> None:
    files = class_files(("images",), 6)
    rows = [f"{name},{place % 2}" for place, name in enumerate(files)]
    manifest = load(library, tmp_path, files, root=["file_name,label", *rows])
    assert (manifest.classes, manifest.features) == (("0", "1"), ())


def test_truth_values_are_ones_and_zeros_and_spaces_do_not_matter(tmp_path: Path, library: DatasetLibrary) -> None:
    files = class_files(count=3)
    lines = ["\ufefffile_name , smoker", *(f'"{name}", {place < 2}' for place, name in enumerate(files)), "", ""]
    load(library, tmp_path, files, root="\r\n".join(lines))
    np.testing.assert_array_equal(library.open("tiles").features().ravel(), [1, 1, 0, 0, 0, 0])


FILES = class_files(count=3)
LINES = table(FILES)


def changed(line: int, text: str) -> list[str]:
    return [*LINES[:line], text, *LINES[line + 1 :]]


@pytest.mark.parametrize(
    ("lines", "problem"),
    [
        (changed(2, "normal/1.png,,1"), "in line 3 of 'metadata.csv' (normal/1.png) has no value in the column 'age'"),
        (changed(2, "normal/1.png,old,1"), "(normal/1.png) has 'old' in the column 'age', which is no number"),
        (changed(2, "normal/1.png,nan,1"), "has 'nan' in the column 'age', which is no number"),
        (changed(2, "normal/1.png,inf,1"), "has 'inf' in the column 'age'"),
        (changed(2, "normal/1.png,1e39,1"), "has '1e39' in the column 'age'"),
        (changed(2, "normal/1.png,1_000,1"), "has '1_000' in the column 'age'"),
        (changed(2, 'normal/1.png,"61,5",1'), "has '61,5' in the column 'age'"),
        (changed(2, "normal/9.png,1,1"), "names 'normal/9.png', which is no image in 'tiles.zip'"),
        (changed(2, "../normal/1.png,1,1"), "names '../normal/1.png'"),
        (changed(2, "normal/0.png,1,1"), "is the second one about 'normal/0.png'; the first is in line 2"),
        (changed(2, "normal/1.png,1"), "has 2 values, but there are 3 columns"),
        (LINES[:-1], "The image 'tumor/2.png' has no row in 'metadata.csv'"),
        ([line.replace(",", ";") for line in LINES], "has no column 'file_name'"),
        (changed(0, "file_name,age,age"), "two columns 'age'"),
        (changed(0, "file_name,age,"), "no name for its column 3"),
        (changed(0, f"file_name,age,{'a' * 101}"), "101 characters long"),
        ([",".join(["file_name", *map(str, range(1_002))])], "1,003 columns"),
        ([], "has no column 'file_name'"),
        (['file_name,"age'], "cannot be read"),
    ],
)
def test_a_table_that_leaves_something_open_is_refused(
    tmp_path: Path, library: DatasetLibrary, data_paths: DataPaths, lines: list[str], problem: str
) -> None:
    with pytest.raises(ArchiveError) as caught:
        load(library, tmp_path, FILES, root=lines)
    assert problem in caught.value.message
    assert caught.value.hint
    assert list(data_paths.datasets.iterdir()) == []


CELLS = st.sampled_from(["file_name", "label", "age", "normal/0.png", "1", "-2.5e3", "nan", "", '"', "true", " x "])


@settings(max_examples=60)
@given(st.lists(st.lists(CELLS | st.text(max_size=4), max_size=4).map(",".join), max_size=5).map("\n".join))
def test_any_text_is_a_table_of_numbers_or_refused(text: str) -> None:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as packed:
        packed.writestr("normal/0.png", b"")
        packed.writestr("metadata.csv", text.encode("utf-8", "surrogatepass"))
    with closing(ZipContainer(file)) as container:
        archive = SafeArchive(container, "tiles.zip", Limits())
        images = [member for member in archive.members if member.name.endswith(".png")]
        try:
            found = metadata.read_metadata(archive, images)
        except ArchiveError:
            return
    assert found is not None
    rows = found.table(["normal/0.png"])
    assert rows is None or (rows.shape == (1, len(found.features)) and np.isfinite(rows).all())


def test_a_table_that_is_no_text_is_refused(tmp_path: Path, library: DatasetLibrary) -> None:
    archive = write_zip(tmp_path / "tiles.zip", FILES | {"metadata.csv": b"\xff\xfe\x00"})
    with pytest.raises(ArchiveError, match="cannot be read"):
        library.import_archive(archive, "tiles")


def test_a_table_over_the_limit_is_refused(
    tmp_path: Path, library: DatasetLibrary, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(metadata, "MOST_BYTES", 10)
    with pytest.raises(TooLargeError, match=r"'metadata\.csv'"):
        load(library, tmp_path, FILES, root=LINES)


def test_tables_of_different_columns_are_refused(tmp_path: Path, library: DatasetLibrary) -> None:
    files = class_files(count=3, prefix="train/") | class_files(count=3, prefix="test/")
    other = table(files, "file_name,age,dose", below="test/")
    with pytest.raises(ArchiveError, match="have different columns"):
        load(library, tmp_path, files, train__=table(files, below="train/"), test__=other)


def test_of_labelled_images_all_or_none_lie_in_a_split(tmp_path: Path, library: DatasetLibrary) -> None:
    files = class_files(("images",), 6) | class_files(("images",), 2, "test/")
    rows = [f"{name},{place % 2}" for place, name in enumerate(files)]
    with pytest.raises(ArchiveError, match="lies in no folder of a split, but others do"):
        load(library, tmp_path, files, root=["file_name,label", *rows])


def test_images_of_one_patient_are_in_one_split(tmp_path: Path, library: DatasetLibrary) -> None:
    files = class_files(count=20)
    rows = ["file_name,patient_id,age", *(f"{name},P-{place % 8},{place}" for place, name in enumerate(files))]
    manifest = load(library, tmp_path, files, root=rows)
    assert (manifest.grouped_by, manifest.groups, manifest.features) == ("patient_id", 8, ("age",))
    assert manifest.count("test") > 0
    store = library.open("tiles")
    library.export("tiles", tmp_path / "out.zip")
    assert library.import_archive(tmp_path / "out.zip", "again").content_hash == manifest.content_hash
    groups = store.groups() or []
    for patient in set(groups):
        assert len({store.split_of(index) for index, group in enumerate(groups) if group == patient}) == 1
