"""What every client promises about data sets that are stored: changed, judged, augmented, loaded."""

from __future__ import annotations

import io
from pathlib import Path

import pytest
from PIL import Image
from support.archives import sound

from patholearn_lab.client.interface import Client
from patholearn_lab.client.loading import load
from patholearn_lab.errors import (
    DatasetError,
    DatasetNotFoundError,
    InvalidInputError,
    JobSpecError,
    SampleNotFoundError,
)
from patholearn_lab.testing.waiting import eventually


class CurationContract:
    """Tests against the fixtures `client` and `tissue`, which the class that inherits it gives."""

    def test_a_change_of_a_set_is_a_further_version(self, client: Client, tmp_path: Path) -> None:
        archive = tmp_path / "divided.zip"
        archive.write_bytes(sound())
        client.datasets.upload(archive, "divided")
        changed = client.datasets.change("divided", {"kind": "divide", "valid": 0.25, "test": 0.25, "folds": 3})
        assert (changed.version, changed.folds, changed.count("test")) == (2, 3, 6)
        assert client.datasets.get("divided") == changed
        with pytest.raises(DatasetError, match="patient or slide"):
            client.datasets.change("divided", {"kind": "divide", "by": "group"})
        with pytest.raises(InvalidInputError, match="tumour"):
            client.datasets.change("divided", {"kind": "relabel", "labels": {0: "tumour"}})
        assert client.datasets.get("divided").version == 2

    def test_a_set_is_judged_and_its_duplicates_are_found(self, client: Client, tissue: str) -> None:
        report = client.datasets.quality(tissue)
        assert report.blank.total == report.samples == 24  # pictures of one color
        assert report.brightness.by_class.keys() == {"normal", "tumor"}
        found = client.datasets.duplicates(tissue, distance=2)
        assert (found.total, found.distance) == (0, 2)
        with pytest.raises(InvalidInputError, match="distance"):
            client.datasets.duplicates(tissue, distance=11)
        assert client.datasets.samples(tissue, split="train", looks="blank", limit=1).total == sum(
            report.classes["train"].values()
        )
        assert client.datasets.samples(tissue, looks="blurred").samples == ()

    def test_images_are_measured_in_the_background(self, client: Client, tmp_path: Path) -> None:
        archive = tmp_path / "measured.zip"
        archive.write_bytes(sound())
        client.datasets.upload(archive, "measured")
        assert client.datasets.measuring("measured").state == "open"
        assert client.datasets.measure("measured").state in {"measuring", "measured"}
        eventually(lambda: client.datasets.measuring("measured").state == "measured", 20, what="the measures")
        assert client.datasets.stop_measuring("measured").state == "measured"  # there is nothing to stop any more
        with pytest.raises(DatasetNotFoundError):
            client.datasets.measure("nothing")

    def test_a_patient_in_two_splits_is_named(self, client: Client, tmp_path: Path) -> None:
        archive = tmp_path / "leaking.zip"
        archive.write_bytes(sound())
        client.datasets.upload(archive, "leaking")
        assert client.datasets.leaks("leaking").groups == 0
        client.datasets.change("leaking", {"kind": "group", "pattern": "{group}/*"})
        found = client.datasets.leaks("leaking")
        assert (found.groups, found.total, found.shared[0].name) == (2, 2, "normal")
        assert found.shared[0].samples.keys() == {"train", "valid", "test"}

    def test_an_augmentation_is_read_shown_and_written_as_code(self, client: Client, tissue: str) -> None:
        forms = client.datasets.augmentation(tissue, 'AugRotate angle=[-5,5] interp="nearest"')
        assert forms.augmentation.steps[0].kind == "rotate"
        assert client.datasets.augmentation(tissue, forms.text) == forms
        assert client.datasets.augmentation(tissue, forms.augmentation) == forms
        assert "v2.RandomRotation" in forms.code
        picture = Image.open(io.BytesIO(client.datasets.preview(tissue, "gentle", samples=[0, 3], copies=2, seed=1)))
        assert picture.size == (3 * 96 + 2 * 4, 2 * 96 + 4)
        with pytest.raises(InvalidInputError, match="Line 2"):
            client.datasets.augmentation(tissue, "AugFlip\nAugMagic")
        with pytest.raises(SampleNotFoundError, match="99"):
            client.datasets.preview(tissue, "gentle", samples=[99])
        assert len(client.datasets.open(tissue, 1)) == 24
        loaded = load(tissue, data={"augmentation": "gentle"}, batch_size=5, client=client)
        assert [len(labels) for _, labels in loaded.batches("train")] == [5, 5, 5, 5]
        with pytest.raises(JobSpecError, match="augmentation"):
            load(tissue, data={"augmentation": "AugMagic"}, client=client)
        with pytest.raises(DatasetNotFoundError, match="version 7"):
            client.datasets.open(tissue, 7)
