"""The texts of a run that trains on elsewhere."""

from __future__ import annotations

import ast
from dataclasses import replace

import pytest

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
