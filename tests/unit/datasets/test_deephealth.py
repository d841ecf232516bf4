"""Importing what a DeepHealth YAML file describes."""

from __future__ import annotations

import zipfile
from pathlib import Path

import numpy as np
import pytest

from patholearn_lab.datasets.importers.plain_yaml import read_plain_yaml
from patholearn_lab.datasets.library import DatasetLibrary
from patholearn_lab.datasets.store import DatasetStore
from patholearn_lab.errors import ArchiveError
from patholearn_lab.paths import DataPaths
from patholearn_lab.testing.archives import encode, random_image, write_zip

PICTURES = {f"set/images/{number}.png": encode(random_image(number)) for number in range(8)}
LABELS = ["no", "yes", "1", "0", "'no'", "[yes]", "no", "yes"]
HEAD = "name: Answers\ndescription: some\nclasses: [no, yes]\n"
SPLIT = "split:\n  training: [0, 1, 2, 3]\n  validation: [4, 5]\n  test: [6, 7]\n"


@pytest.fixture
def library(data_paths: DataPaths) -> DatasetLibrary:
    return DatasetLibrary(data_paths)


def listed(labels: list[str], extra: str = "") -> str:
    lines = [f"- location: images/{number}.png\n  label: {label}\n{extra}" for number, label in enumerate(labels)]
    return "images:\n" + "".join(lines)


def archive(folder: Path, yaml: str, extra: dict[str, bytes] | None = None) -> Path:
    return write_zip(folder / "set.zip", {**PICTURES, **(extra or {}), "set/set.yml": yaml.encode()})


def imported(library: DatasetLibrary, path: Path) -> DatasetStore:
    library.import_archive(path, "set")
    return library.open("set")


def test_classes_are_named_or_counted_and_the_split_is_kept(tmp_path: Path, library: DatasetLibrary) -> None:
    store = imported(library, archive(tmp_path, HEAD + listed(LABELS) + SPLIT))
    assert store.manifest.classes == ("no", "yes")  # which YAML 1.1 would take for False and True
    assert (store.manifest.description, store.manifest.total) == ("some", 8)
    assert store.labels().tolist() == [0, 1, 1, 0, 0, 1, 0, 1]
    assert [store.split_of(index) for index in range(8)] == ["train"] * 4 + ["valid"] * 2 + ["test"] * 2
    np.testing.assert_array_equal(store.images([5])[0], random_image(5))


def test_without_classes_and_split_both_are_found(tmp_path: Path, library: DatasetLibrary) -> None:
    store = imported(library, archive(tmp_path, listed(["b10", "b2"] * 4)))
    assert store.manifest.classes == ("b2", "b10")
    assert store.manifest.count("train") == 4
    assert "80/10/10" in store.manifest.notes[0]


def test_a_list_of_labels_is_several_classes(tmp_path: Path, library: DatasetLibrary) -> None:
    labels = ["no", "[yes, 0]", "yes", "[no]", "no", "[no, yes]", "no", "yes"]
    store = imported(library, archive(tmp_path, HEAD + listed(labels) + SPLIT))
    assert (store.manifest.task, store.manifest.classes) == ("multilabel", ("no", "yes"))
    assert store.tags().tolist() == [[1, 0], [1, 1], [0, 1], [1, 0], [1, 0], [1, 1], [1, 0], [0, 1]]
    assert [store.split_of(index) for index in (0, 5, 7)] == ["train", "valid", "test"]


def test_features_come_as_lists_or_by_name(tmp_path: Path, library: DatasetLibrary) -> None:
    yaml = "features: [age, smoker]\n" + listed(["a", "b"] * 3, "  values: [61, 0]\n")
    yaml += "- location: images/6.png\n  label: a\n  values: {smoker: true, age: 4.5}\n"
    store = imported(library, archive(tmp_path, yaml))
    assert store.manifest.features == ("age", "smoker")
    assert store.features([0, 6]).tolist() == [[61, 0], [4.5, 1]]


def test_images_without_a_label_or_split_are_left_out_and_counted(tmp_path: Path, library: DatasetLibrary) -> None:
    yaml = listed(["a", "b", "a", "b", "~", "a"]) + "- images/6.png\n"
    store = imported(library, archive(tmp_path, yaml + "split: {training: [0, 1, 2, 3, 4, 6]}\n"))
    assert store.names(range(len(store))) == [f"set/images/{number}.png" for number in range(4)]
    assert store.manifest.notes[:2] == (
        "1 images in no split were left out.",
        "2 images without a label were left out.",
    )


def test_labels_that_are_paths_are_masks(tmp_path: Path, library: DatasetLibrary) -> None:
    shapes = {number: (random_image(number, channels=1) > 127).astype(np.uint8) for number in range(8)}
    masks = {f"set/truth/{number}_x.png": encode(shape) for number, shape in shapes.items()}
    yaml = HEAD + listed([f"truth/{number}_x.png" for number in range(8)]) + SPLIT
    store = imported(library, archive(tmp_path, yaml, masks))
    assert store.manifest.task == "segmentation"
    assert store.manifest.classes == ("no", "yes")
    assert [store.manifest.count(split) for split in ("train", "valid", "test")] == [4, 2, 2]
    for index in range(8):
        np.testing.assert_array_equal(store.masks([index])[0], shapes[index][..., 0])


@pytest.mark.parametrize(
    ("yaml", "problem"),
    [
        ("images: []", "lists no images"),
        (listed(["a", "b"]), "lists 2 images"),
        (listed(["a"] * 4), "one class only, 'a'"),
        (HEAD + listed(["no", "yes", "maybe"]), "the label 'maybe', which is none of its classes"),
        (HEAD + listed(["no", "yes", "2"]), "the label '2'"),
        (HEAD + listed(["no", "yes", "[no, no]"]), "gives image 2 one label twice (no, no)"),
        (listed(["a", "b", "a"]) + "- location: ../../etc/passwd\n", "names '../../etc/passwd' for image 3"),
        (listed(["a", "b", "a"]) + "- location: images/0.png\n", "lists 'set/images/0.png' twice, as image 0 and 3"),
        ("classes: [a, a]\n" + listed(["a", "b", "a"]), "under 'classes'"),
        (listed(["a", "b"] * 4) + "split: {training: [0, 8]}", "has '8' under 'training'"),
        (listed(["a", "b"] * 4) + "split: {training: [0, -1]}", "has '-1' under 'training'"),
        (listed(["a", "b"] * 4) + "split: {training: [0, 1], test: [1]}", "has image 1 in 'test'"),
        (listed(["a", "b"] * 4) + "split: {train: [0]}", "has a split that is not"),
        (listed(["a", "b"] * 4) + "split: {training: [0, 2, 4], test: [1]}", "no training images of the class 'b'"),
        ("features: [age]\n" + listed(["a", "b", "a"], "  values: [null]\n"), "'null' as 'age'"),
        ("features: [age]\n" + listed(["a", "b", "a"]), "no values that fit the features age"),
        ("x: &x [1]\n" + listed(["a", "b", "a"]), "an anchor or alias (& or *) in line 1"),
        ("x: !!python/object/apply:os.system [ls]\n" + listed(["a", "b", "a"]), "a tag (!) in line 1"),
        ("name: a\nname: b\n" + listed(["a", "b", "a"]), "there twice, in line 2"),
        ("x: " + "[" * 50 + "]" * 50 + "\n" + listed(["a", "b", "a"]), "more than 20 levels in line 1"),
        (listed(["a", "b", "a"]) + "---\nx: 1\n", "a second document"),
        ("x: [\n" + listed(["a", "b", "a"]), "cannot be read as plain YAML"),
    ],
)
def test_what_does_not_fit_is_refused_by_entry_and_value(
    tmp_path: Path, library: DatasetLibrary, yaml: str, problem: str
) -> None:
    with pytest.raises(ArchiveError) as caught:
        imported(library, archive(tmp_path, yaml))
    assert problem in caught.value.message
    assert caught.value.hint
    assert caught.value.details["file"] == "set/set.yml"
    assert library.list() == []


@pytest.mark.real_data
def test_real_digits_keep_their_split(data_paths: DataPaths, real_data: Path) -> None:
    library = DatasetLibrary(data_paths)
    manifest = library.import_archive(real_data / "digits" / "mnist_mini_deephealth.zip", "mini")
    assert [manifest.count(split) for split in ("train", "valid", "test")] == [2000, 500, 500]
    assert manifest.classes == tuple("0123456789")
    store = library.open("mini")
    for index, name in enumerate(store.names(range(100))):
        assert store.class_of(index) == name.split("/")[-2]


@pytest.mark.real_data
@pytest.mark.parametrize(
    ("file", "images"), [("isic_classification_2018.yml", 10_208), ("isic_segmentation.yml", 2_750)]
)
def test_real_lists_are_read_whole(real_data: Path, file: str, images: int) -> None:
    found = read_plain_yaml((real_data / "deephealth" / file).read_text())
    assert sorted(int(number) for numbers in found["split"].values() for number in numbers) == list(range(images))
    assert len(found["images"]) == images


def test_an_archive_with_another_yaml_file_is_still_one_of_class_folders(
    tmp_path: Path, library: DatasetLibrary
) -> None:
    path = tmp_path / "tiles.zip"
    with zipfile.ZipFile(path, "w") as file:
        for number in range(6):
            file.writestr(f"{'ab'[number % 2]}/{number}.png", encode(random_image(number)))
        file.writestr("settings.yml", "size: 8\n")
    assert library.import_archive(path, "tiles").classes == ("a", "b")
