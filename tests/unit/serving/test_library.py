from __future__ import annotations

import shutil
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from patholearn_lab.datasets.preprocessing import Preprocessing
from patholearn_lab.errors import InvalidInputError, ModelNotFoundError
from patholearn_lab.paths import DataPaths
from patholearn_lab.serving.library import ModelLibrary
from patholearn_lab.serving.models import ModelDraft, ModelOutput, Parity

DRAFT = ModelDraft(
    name="lenet5",
    outputs=(ModelOutput.of("labels", ["normal", "tumor"]),),
    dataset="he_tissue",
    job="job-1",
    owner="ada",
    parity=Parity(max_abs_diff=1e-7, images=5),
    test_metrics={"test_accuracy": 0.9},
    preprocessing=Preprocessing(channels=1, height=4, width=4, mean=(0.5,), std=(0.5,)),
)


@pytest.fixture
def network(tmp_path: Path) -> Path:
    file = tmp_path / "network.onnx"
    file.write_bytes(b"network")
    return file


@pytest.fixture
def models(data_paths: DataPaths) -> ModelLibrary:
    return ModelLibrary(data_paths)


def test_a_published_model_is_found_again_as_it_was(models: ModelLibrary, network: Path, tmp_path: Path) -> None:
    cell = tmp_path / "cell.py"
    cell.write_text("x = 1\n")
    published = models.publish(DRAFT, network, cell)
    assert (published.name, published.version, published.owner) == ("lenet5", 1, "ada")
    assert models.find("lenet5") == published
    folder = models.folder("lenet5")
    assert sorted(str(file.relative_to(folder)) for file in folder.rglob("*") if file.is_file()) == [
        "code/cell.py", "manifest.json", "model.onnx", "preprocessing.json",
    ]  # fmt: skip
    assert Preprocessing.model_validate_json((folder / "preprocessing.json").read_text()) == DRAFT.preprocessing
    assert (folder / "code" / "cell.py").read_text() == "x = 1\n"


def test_each_publication_is_the_next_version_and_the_newest_is_found(models: ModelLibrary, network: Path) -> None:
    assert [models.publish(DRAFT, network).version for _ in range(3)] == [1, 2, 3]
    assert models.find("lenet5").version == 3
    assert models.find("lenet5", 2).version == 2
    assert [manifest.version for manifest in models.list()] == [3, 2, 1]


def test_many_that_publish_at_once_get_different_versions(
    models: ModelLibrary, network: Path, data_paths: DataPaths
) -> None:
    with ThreadPoolExecutor(8) as pool:
        published = list(pool.map(lambda _: models.publish(DRAFT, network).version, range(24)))
    assert sorted(published) == list(range(1, 25))
    assert list(data_paths.scratch.iterdir()) == []


def test_versions_are_counted_as_numbers(models: ModelLibrary, network: Path) -> None:
    for _ in range(10):
        models.publish(DRAFT, network)
    assert models.find("lenet5").version == 10


def test_a_model_that_is_not_there_is_named_with_those_that_are(models: ModelLibrary, network: Path) -> None:
    models.publish(DRAFT, network)
    with pytest.raises(ModelNotFoundError, match="no model called 'resnet'") as caught:
        models.find("resnet")
    assert "lenet5" in caught.value.hint


def test_a_version_that_is_not_there_is_named_with_those_that_are(models: ModelLibrary, network: Path) -> None:
    models.publish(DRAFT, network)
    with pytest.raises(ModelNotFoundError, match="no version 7") as caught:
        models.find("lenet5", 7)
    assert "1" in caught.value.hint


@pytest.mark.parametrize("name", ["../secrets", "a/b", "", ".hidden", "A"])
def test_a_name_that_is_no_name_is_simply_not_found(models: ModelLibrary, name: str) -> None:
    with pytest.raises(ModelNotFoundError):
        models.find(name)


def test_a_model_cannot_be_published_under_a_path(models: ModelLibrary, network: Path, data_paths: DataPaths) -> None:
    with pytest.raises(InvalidInputError):
        models.publish(DRAFT.model_copy(update={"name": "../outside"}), network)
    assert list(data_paths.models.iterdir()) == []


def test_a_deleted_version_is_gone_and_the_others_stay(models: ModelLibrary, network: Path) -> None:
    models.publish(DRAFT, network)
    models.publish(DRAFT, network)
    models.delete("lenet5", 2)
    assert [manifest.version for manifest in models.list()] == [1]


def test_with_its_last_version_a_model_is_gone(models: ModelLibrary, network: Path, data_paths: DataPaths) -> None:
    models.publish(DRAFT, network)
    models.delete("lenet5", 1)
    assert models.list() == []
    assert list(data_paths.models.iterdir()) == []
    assert list(data_paths.scratch.iterdir()) == []
    with pytest.raises(ModelNotFoundError):
        models.delete("lenet5", 1)


def test_when_the_network_is_missing_nothing_is_published(
    models: ModelLibrary, tmp_path: Path, data_paths: DataPaths
) -> None:
    with pytest.raises(FileNotFoundError):
        models.publish(DRAFT, tmp_path / "nowhere.onnx")
    assert models.list() == []
    assert list(data_paths.scratch.iterdir()) == []


def test_a_damaged_bundle_does_not_hide_the_sound_ones(models: ModelLibrary, network: Path) -> None:
    models.publish(DRAFT, network)
    models.publish(DRAFT, network)
    (models.folder("lenet5", 2) / "manifest.json").write_text("{")
    assert [manifest.version for manifest in models.list()] == [1]
    with pytest.raises(ModelNotFoundError, match="missing or damaged"):
        models.find("lenet5", 2)


def test_without_a_models_folder_there_are_no_models(models: ModelLibrary, data_paths: DataPaths) -> None:
    shutil.rmtree(data_paths.models)
    assert models.list() == []
