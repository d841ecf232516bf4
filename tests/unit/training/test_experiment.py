"""The texts of a run that trains on elsewhere."""

from __future__ import annotations

import ast
import sys
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

from patholearn_lab.datasets.augmentation import Augmentation
from patholearn_lab.datasets.sampling import EpochSampler
from patholearn_lab.datasets.transforms import augment, augmentation_code, transform_of
from patholearn_lab.training.experiment import Facts, experiment_files, requirements
from patholearn_lab.training.record import DataUsed, TrainingRecord
from patholearn_lab.training.spec import FitSettings

CODE = (
    "import timm\nimport lightning as L\nfrom torch import nn\nimport math\n\nclass Net(L.LightningModule):\n    pass\n"
)
RECORD = TrainingRecord(
    settings=FitSettings(dataset="cells", epochs=3, batch_size=8, learning_rate=None, seed=7),
    code_hash="0" * 64,
    dataset=DataUsed(id="cells", version=2, content_hash="abc", splits={"train": 8, "valid": 2, "test": 2}),
    environment={"python": "3.12.4", "packages": {"torch": "2.9.0+cpu", "lightning": "2.6.6", "timm": None}},
)
FACTS = Facts(
    run="r1",
    name="Cells",
    class_name="Net",
    code=CODE,
    record=RECORD,
    inputs=("images", "features"),
    targets=("labels", "masks"),
    mean=(0.5, 0.4, 0.3),
    std=(0.1, 0.2, 0.3),
    feature_mean=(61.0,),
    feature_std=(9.0,),
    columns=("age",),
    sizes=(32, 48, 3),
    classes=("benign", "malignant"),
    mask_classes=("background", "nucleus"),
    result={"test_metrics": {"test_accuracy": 0.91}},
    with_data=False,
)


def test_the_script_has_the_settings_of_the_run_and_makes_the_network_of_its_class() -> None:
    files = experiment_files(FACTS)
    script = ast.parse(files["train.py"])
    constants = {
        statement.targets[0].id: ast.literal_eval(statement.value)
        for statement in script.body
        if isinstance(statement, ast.Assign)
        and isinstance(statement.targets[0], ast.Name)
        and "HERE" not in ast.unparse(statement)
    }
    assert constants["INPUTS"] == ("images", "features")
    assert constants["TARGETS"] == ("labels", "masks")
    assert (constants["EPOCHS"], constants["BATCH_SIZE"], constants["LEARNING_RATE"]) == (3, 8, None)
    assert (constants["SEED"], constants["MEAN"], constants["FEATURE_MEAN"]) == (7, (0.5, 0.4, 0.3), (61.0,))
    assert "model = network.Net()" in files["train.py"]
    made = experiment_files(replace(FACTS, code=f"{CODE}model = Net()\n", inputs=("images",)))["train.py"]
    assert "model = network.model" in made
    assert "FEATURE_MEAN" not in made
    assert files["network.py"] == CODE


def test_the_packages_are_those_that_the_cell_imports_in_the_versions_of_the_run() -> None:
    assert requirements(CODE, RECORD.environment) == ["torch==2.9.0", "lightning==2.6.6", "numpy", "timm"]
    assert "patholearn-lab" in requirements("import patholearn_lab as lab\n", {})
    files = experiment_files(FACTS)
    assert "FROM python:3.12-slim" in files["Dockerfile"]
    assert "python=3.12" in files["environment.yml"]


def test_the_readme_says_what_the_data_file_holds_what_came_out_and_what_is_left_out() -> None:
    text = experiment_files(replace(FACTS, left_out=("It was augmented.",)))["README.md"]
    assert "| `images_train` … | uint8, samples × 32 × 48 × 3 |" in text
    assert "| `labels_train` … | int64, samples: the number of the class, from 0: 0 benign, 1 malignant |" in text
    assert "0 background, 1 nucleus" in text
    assert "float32, samples × 1: age" in text
    assert "- test accuracy: 0.9100" in text
    assert "It was augmented." in text
    assert "python train.py --data FILE" in text
    assert "python train.py --data" not in experiment_files(replace(FACTS, with_data=True))["README.md"]


@pytest.mark.parametrize(
    "name", ["train.py", "network.py", "requirements.txt", "environment.yml", "Dockerfile", "README.md", "run.json"]
)
def test_every_file_ends_with_one_line_break(name: str) -> None:
    text = experiment_files(FACTS)[name]
    assert text.endswith("\n")
    assert not text.endswith("\n\n")


def script(facts: Facts, folder: Path) -> dict[str, Any]:
    """Return what the names in train.py stand for, where its files lie in `folder`."""
    for name, text in experiment_files(facts).items():
        (folder / name).write_text(text)
    names: dict[str, Any] = {"__name__": "train", "__file__": str(folder / "train.py")}
    exec(compile((folder / "train.py").read_text(), "train.py", "exec"), names)
    return names


@pytest.mark.parametrize("by", ["settings", "cell"])
def test_the_script_changes_training_images_as_the_training_did(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, by: str
) -> None:
    generator = np.random.default_rng(0)
    images = generator.integers(0, 256, (6, 8, 9, 3), np.uint8)
    arrays = {"images": images, "masks": (images[..., 0] > 99).astype(np.uint8), "labels": np.arange(6) % 2}
    for split in ("train", "valid", "test"):
        arrays |= {f"{name}_{split}": arrays[name] for name in ("images", "masks", "labels")}
    np.savez(tmp_path / "data.npz", **arrays)
    steps = Augmentation.model_validate({"steps": [{"kind": "flip"}, {"kind": "rotate"}, {"kind": "noise"}]})
    code = augmentation_code(steps, 8, 9)
    network = f"{CODE.replace('import timm', '')}\n{code if by == 'cell' else ''}model = nn.Module()\n"
    facts = replace(FACTS, code=network, inputs=("images",), augmentation=code if by == "settings" else "")
    monkeypatch.syspath_prepend(str(tmp_path))
    for module in ("network", "augmentation"):
        monkeypatch.delitem(sys.modules, module, raising=False)
    names = script(facts, tmp_path)
    data = names["Data"](tmp_path / "data.npz", 4, 7)
    names["load_network"](data)
    found, truth = next(iter(data.train_dataloader()))

    draws = list(EpochSampler(6, seed=7))[:4]
    rows = [draw.row for draw in draws]
    pictures, masks = torch.from_numpy(images[rows]).permute(0, 3, 1, 2), torch.from_numpy(arrays["masks"][rows])
    due, due_masks = augment(transform_of(steps, 8, 9), pictures, masks, [draw.seed for draw in draws])
    mean, std = (torch.tensor(part).view(1, -1, 1, 1) for part in (FACTS.mean, FACTS.std))
    torch.testing.assert_close(found, (due / 255 - mean) / std)
    torch.testing.assert_close(truth["masks"], due_masks.long() if due_masks is not None else None)
    torch.testing.assert_close(truth["labels"], torch.tensor(rows) % 2)
    plain, _ = next(iter(data.val_dataloader()))
    torch.testing.assert_close(plain[0], (torch.from_numpy(images[0]).permute(2, 0, 1) / 255 - mean[0]) / std[0])
    assert ("augmentation.py" in experiment_files(facts)) == (by == "settings")
    assert any(line.startswith("torchvision") for line in experiment_files(facts)["requirements.txt"].splitlines())
