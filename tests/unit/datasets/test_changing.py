"""Changes of a data set: new versions that share their pixels, divided, relabeled, with other classes."""

from __future__ import annotations

import dataclasses
import time
import zipfile
from pathlib import Path

import numpy as np
import pytest
import yaml  # type: ignore[import-untyped]

from patholearn_lab.datasets.changes import Change, Divide, Drop, Group, Move, Reclass, Relabel, read_change
from patholearn_lab.datasets.changing import _groups_by
from patholearn_lab.datasets.contents import Contents, Sample
from patholearn_lab.datasets.integrity import check_store
from patholearn_lab.datasets.library import DatasetLibrary
from patholearn_lab.datasets.manifest import NO_LABEL, NOT_ANNOTATED, Manifest
from patholearn_lab.datasets.store import NO_FOLD, DatasetStore
from patholearn_lab.datasets.writing import write_store
from patholearn_lab.errors import DatasetError, InvalidInputError, SampleNotFoundError
from patholearn_lab.paths import DataPaths

CLASSES = ("normal", "tumor", "stroma")
PATIENTS = 8
EACH = 6


def contents() -> Contents:
    """Return eight patients with six images each; the mask of an image has the values 0 to 2."""
    total = PATIENTS * EACH
    generator = np.random.default_rng(0)
    labels = np.arange(total) % 3

    def samples() -> object:
        for row in range(total):
            mask = generator.integers(0, 3, (8, 8)).astype(np.uint8)
            yield Sample(np.full((8, 8, 3), row, np.uint8), mask)

    return Contents(
        name="Patients",
        task="classification",
        classes=CLASSES,
        channels=3,
        height=8,
        width=8,
        names=[f"set/patient_{row // EACH}_{row}.png" for row in range(total)],
        labels=labels,
        splits=np.where(np.arange(total) % 8 == 0, 1, np.where(np.arange(total) % 8 == 1, 2, 0)).astype(np.uint8),
        samples=samples,  # type: ignore[arg-type]
        masks=True,
        mask_classes=("background", "nucleus", "unclear"),
    )


@pytest.fixture
def library(data_paths: DataPaths) -> DatasetLibrary:
    folder = data_paths.dataset_version("patients", 1)
    folder.mkdir(parents=True)
    write_store(folder, contents(), id="patients")
    return DatasetLibrary(data_paths)


def after(library: DatasetLibrary, *changes: Change) -> DatasetStore:
    for change in changes:
        library.change("patients", change, owner="ada")
    return library.open("patients")


def inodes(store: DatasetStore, key: str) -> set[int]:
    return {path.stat().st_ino for path in (store.folder / key).rglob("*") if path.is_file()}


def test_patients_are_never_in_two_splits_or_folds(library: DatasetLibrary) -> None:
    by_name = Group(pattern="patient_{group}_*.png")
    store = after(library, by_name, Divide(by="group", valid=0.25, test=0.25, folds=3, seed=3))
    groups = np.array(store.groups())
    assert store.manifest.groups == PATIENTS
    for parts in (store.splits(), store.folds()):
        assert all(len(set(parts[groups == group])) == 1 for group in set(groups))
    assert store.manifest.count("test") == store.manifest.count("valid") == 2 * EACH
    assert ((store.folds() == NO_FOLD) == (store.splits() == 2)).all()
    held_out = [set(store.indices("valid", fold=fold)) for fold in range(3)]
    assert set.union(*held_out) == set(np.flatnonzero(store.splits() != 2))
    assert not set(store.indices("train", fold=1)) & held_out[1]
    assert set(store.indices("test", fold=1)) == set(store.indices("test"))


def test_where_no_group_is_known_dividing_by_group_says_the_way_out(library: DatasetLibrary) -> None:
    with pytest.raises(DatasetError, match="patient or slide") as refused:
        after(library, Divide(by="group"))
    assert "patient_{group}_*.png" in refused.value.hint
    assert library.find("patients").version == 1
    notes = after(library, Divide(by="stratified")).manifest.notes
    assert any("may be in several" in note for note in notes)


def test_a_division_that_tears_patients_apart_is_said_on_the_card(library: DatasetLibrary) -> None:
    grouped = after(library, Group(pattern="patient_{group}_*.png")).manifest
    assert any("are in more than one split" in note for note in grouped.notes)
    divided = after(library, Divide(by="random")).manifest
    assert sum("split" in note for note in divided.notes) == 1  # one sentence, about the splits as they are
    clean = after(library, Divide(by="group")).manifest
    assert not any("more than one split" in note for note in clean.notes)


def test_a_seed_decides_a_division_and_the_manifest_keeps_it(library: DatasetLibrary) -> None:
    one, other, again = (after(library, Divide(seed=seed, folds=4)) for seed in (1, 2, 1))
    assert (one.splits() != other.splits()).any()
    np.testing.assert_array_equal(one.splits(), again.splits())
    np.testing.assert_array_equal(one.folds(), again.folds())
    assert again.manifest.content_hash == one.manifest.content_hash != other.manifest.content_hash
    assert read_change(again.manifest.changes[-1]) == Divide(seed=1, folds=4)
    sizes = np.bincount(one.folds()[one.folds() < NO_FOLD])
    assert len(sizes) == 4
    assert max(sizes) - min(sizes) <= 1


def test_the_folders_of_the_names_divide(tmp_path: Path) -> None:
    paths = DataPaths(tmp_path)
    paths.ensure()
    given = contents()
    names = [f"{('train', 'val', 'test')[row % 3]}/{row}.png" for row in range(len(given.names))]
    folder = paths.dataset_version("patients", 1)
    folder.mkdir(parents=True)
    write_store(folder, dataclasses.replace(given, names=names), id="patients")
    store = after(DatasetLibrary(paths), Divide(by="folder"))
    np.testing.assert_array_equal(store.splits(), np.arange(len(names)) % 3)


def test_folders_that_say_no_split_are_named(library: DatasetLibrary) -> None:
    with pytest.raises(DatasetError, match=r"patient_0_0\.png.*no split"):
        after(library, Divide(by="folder"))


def test_a_version_shares_the_pixels_that_did_not_change(library: DatasetLibrary) -> None:
    first = library.open("patients")
    divided = after(library, Divide(seed=5))
    dropped = after(library, Drop(samples=(0, 7)))
    for store in (divided, dropped):
        assert inodes(store, "images") == inodes(first, "images")
        assert inodes(store, "masks") == inodes(first, "masks")
    np.testing.assert_array_equal(dropped.images([0, 5]), first.images([1, 6]))
    np.testing.assert_array_equal(dropped.masks([0, 5]), first.masks([1, 6]))
    assert dropped.names([0]) == first.names([1])
    assert len(dropped) == len(first) - 2
    again = after(library, Drop(samples=(0,)))
    np.testing.assert_array_equal(again.images([0]), first.images([2]))


def test_mean_and_hash_are_those_of_a_set_that_was_written_so(library: DatasetLibrary, tmp_path: Path) -> None:
    renamed = Reclass(of="masks", rename={"nucleus": "n"})
    store = after(library, Divide(by="random", seed=2), Drop(samples=(3, 4)), renamed)
    kept = np.arange(len(store))
    fresh = dataclasses.replace(
        contents(),
        names=store.names(kept),
        labels=store.labels(),
        splits=store.splits(),
        mask_classes=store.manifest.mask_classes,
        samples=lambda: iter(map(Sample, store.images(kept), store.masks(kept))),
    )
    written = write_store(tmp_path, fresh, id="fresh")
    assert check_store(store).whole
    for fact in ("content_hash", "mean", "std", "mask_pixels", "splits", "arrays"):
        assert getattr(store.manifest, fact) == getattr(written, fact), fact


def test_classes_are_merged_renamed_and_kept(library: DatasetLibrary) -> None:
    merged = after(library, Reclass(of="labels", merge={"benign": ("normal", "stroma")}, rename={"tumor": "cancer"}))
    assert merged.manifest.classes == ("benign", "cancer")
    assert merged.manifest.splits["train"]["benign"] == 2 * merged.manifest.splits["train"]["cancer"]
    np.testing.assert_array_equal(merged.labels()[:3], [0, 1, 0])
    first = library.open("patients", 1)
    library.change("patients", Reclass(of="labels", keep=("tumor", "stroma")), version=1)
    kept = library.open("patients")
    assert kept.manifest.classes == ("tumor", "stroma")
    np.testing.assert_array_equal(kept.images(range(4)), first.images([1, 2, 4, 5]))


def test_a_class_that_stands_for_nothing_has_no_label(library: DatasetLibrary) -> None:
    store = after(library, Reclass(of="labels", not_annotated=("stroma",)))
    assert store.manifest.sparse == ("labels",)
    np.testing.assert_array_equal(store.labels()[:3], [0, 1, NO_LABEL])
    assert store.class_of(2) is None
    assert store.manifest.splits["train"]["not annotated"] == 12
    assert store.manifest.total == len(store) == PATIENTS * EACH
    for format in ("folders", "npz"):
        with pytest.raises(DatasetError, match="have no class"):
            library.export("patients", library._paths.scratch / "out.zip", format)
    library.export("patients", library._paths.scratch / "out.zip", "deephealth")
    archive = zipfile.ZipFile(library._paths.scratch / "out.zip")
    listed = yaml.safe_load(archive.read("patients.yml"))["images"]
    assert [entry.get("label") for entry in listed[:3]] == [0, 1, None]
    mended = after(library, Relabel(labels=dict.fromkeys(range(2, PATIENTS * EACH, 3), "tumor")))
    assert mended.manifest.sparse == ()


def test_pixels_that_nobody_annotated_get_their_own_value(library: DatasetLibrary) -> None:
    first = library.open("patients")
    store = after(library, Reclass(of="masks", not_annotated=("unclear",)))
    before, masks = first.masks(range(4)), store.masks(range(4))
    np.testing.assert_array_equal(masks, np.where(before == 2, NOT_ANNOTATED, before))
    assert store.manifest.mask_names == ("background", "nucleus")
    assert store.manifest.sparse == ("masks",)
    assert inodes(store, "images") == inodes(first, "images")
    np.testing.assert_array_equal(first.masks(range(4)), before)  # the version before is as it was


def test_a_card_keeps_of_a_long_list_how_long_it_was(library: DatasetLibrary, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("patholearn_lab.datasets.revising._LISTED", 3)
    store = after(library, Relabel(labels={0: "tumor"}), Relabel(labels=dict.fromkeys(range(4), "tumor")))
    assert store.manifest.changes == (
        {"kind": "relabel", "labels": {"0": "tumor"}},
        {"kind": "relabel", "labels": 4},
    )


def test_labels_are_mended_and_samples_moved(library: DatasetLibrary) -> None:
    store = after(library, Relabel(labels={0: "stroma", 1: None}), Move(samples=(0, 8), split="test"))
    np.testing.assert_array_equal(store.labels([0, 1, 2]), [2, NO_LABEL, 2])
    assert store.split_of(0) == store.split_of(8) == "test"
    assert [change["kind"] for change in store.manifest.changes] == ["relabel", "move"]


@pytest.mark.parametrize(
    ("pattern", "name", "group"),
    [
        ("patient_{group}_*.png", "train/patient_12_3.png", "12"),
        ("{group}/*", "set/ada/1.png", "ada"),
        ("{group}/*/*", "ada/slide_1/7.png", "ada"),
        ("*-{group}.png", "a-b.png", "b"),
        ("{group}.png", "a.png.png", "a.png"),
        ("{group}_*_*.png", "p1_s2_3.png", "p1"),
    ],
)
def test_a_pattern_finds_the_group_in_a_name(pattern: str, name: str, group: str) -> None:
    assert _groups_by(pattern, [name]) == [group]


def test_a_name_that_fits_a_pattern_almost_takes_no_longer() -> None:
    began = time.perf_counter()
    with pytest.raises(DatasetError, match="does not look like"):
        _groups_by("*a*a*a*a*a*a{group}b", ["a" * 300])
    assert time.perf_counter() - began < 1


REFUSED: dict[str, tuple[Change, type[Exception], str]] = {
    "an unknown class": (Relabel(labels={0: "tumour"}), InvalidInputError, "tumour"),
    "an unknown sample": (Drop(samples=(999,)), SampleNotFoundError, "999"),
    "nothing left": (Drop(samples=tuple(range(PATIENTS * EACH))), DatasetError, "Nothing would be left"),
    "one class left": (Reclass(of="labels", keep=("tumor",)), DatasetError, "1 classes"),
    "a name that is taken": (Reclass(of="labels", rename={"tumor": "normal"}), InvalidInputError, "normal"),
    "a name that says nothing": (Reclass(of="labels", rename={"tumor": "not annotated"}), InvalidInputError, "renamed"),
    "no training": (Divide(valid=0.5, test=0.5), InvalidInputError, "nothing to train with"),
    "more folds than groups": (Divide(by="group", folds=20), DatasetError, "20 parts"),
    "a pattern without a group": (Group(pattern="*.png"), InvalidInputError, "group"),
    "a pattern that does not fit": (Group(pattern="{group}-x.png"), DatasetError, r"patient_0_0\.png"),
    "too few groups": (Group(values=("a",)), InvalidInputError, "1 groups for 48"),
}


@pytest.mark.parametrize("what", REFUSED)
def test_a_change_that_does_not_suit_is_refused_and_leaves_nothing(library: DatasetLibrary, what: str) -> None:
    change, error, says = REFUSED[what]
    before: Manifest = after(library, Group(pattern="patient_{group}_*.png")).manifest
    with pytest.raises(error, match=says):
        after(library, change)
    assert library.find("patients") == before


def test_a_change_that_is_none_is_refused_with_what_there_is() -> None:
    with pytest.raises(InvalidInputError, match="folds") as refused:
        read_change({"kind": "divide", "folds": "many"})
    assert "reclass" in refused.value.hint
    assert read_change({"kind": "relabel", "labels": {"3": "tumor"}}) == Relabel(labels={3: "tumor"})
