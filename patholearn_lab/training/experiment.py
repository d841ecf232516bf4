"""A run as a folder that trains on without PathoLearn Lab: the texts of its files.

::

    train.py           the training, with options for data, epochs, batch size, learning rate, weights and device
    network.py         the cell as it was trained
    augmentation.py    what was done to the training images at random, where that is so
    weights.ckpt       the weights of the best epoch
    requirements.txt   the versions that it was trained with; environment.yml for conda, Dockerfile for a container
    README.md          what it is, how to run it, what the data file holds, what came out
    data.npz           the data set, where it was asked for

Needs neither torch nor numpy here.
"""

from __future__ import annotations

import ast
import json
import sys
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from patholearn_lab.training.experiment_script import DATA, WEIGHTS, train_script
from patholearn_lab.training.record import TrainingRecord

NETWORK = "network.py"
AUGMENTATION = "augmentation.py"

_PACKAGES = {"patholearn_lab": "patholearn-lab", "segmentation_models_pytorch": "segmentation-models-pytorch"}
"""Packages that are called otherwise than what is imported."""
_ALWAYS = ("torch", "lightning", "numpy")

_DOCKERFILE = """\
# docker build -t experiment . && docker run --rm -v "$PWD:/experiment" experiment --epochs 1
FROM python:{python}-slim
WORKDIR /experiment
COPY requirements.txt .
RUN pip install --no-cache-dir -r requirements.txt
COPY . .
ENTRYPOINT ["python", "train.py"]
"""
_ENVIRONMENT = """\
# conda env create -f environment.yml && conda activate experiment
name: experiment
channels:
  - conda-forge
dependencies:
  - python={python}
  - pip
  - pip:
      - -r requirements.txt
"""
_README = """\
# {name}

The training of `{class_name}` on the data set `{dataset}`, as PathoLearn Lab ran it (run `{run}`). It needs Python \
{python}, torch and lightning:

```sh
pip install -r requirements.txt
python train.py{data_option}                       # train again, as it was
python train.py{data_option} --weights {weights} --epochs 0   # only test the weights of the run
python train.py --help                    # epochs, batch size, learning rate, device, seed
```

In a container: `docker build -t experiment .`, then `docker run --rm -v "$PWD:/experiment" experiment`.

| File | What it is |
|---|---|
| `train.py` | reads the samples, trains the network, keeps its best epoch, tests it |
| `network.py` | the network, as it stood in the notebook |
{augmentation}| `{weights}` | the weights of the best epoch of the run |
| `requirements.txt`, `environment.yml`, `Dockerfile` | the versions that it was trained with |
| `run.json` | settings, data, versions and processor of the run, and what came out |

## The data

{data_text} A data file is an `.npz` with these arrays, for each of the splits `train`, `valid` and `test`; the \
samples lie along the first axis.

| Array | Type and shape |
|---|---|
{arrays}

## What came out

{results}
{left_out}
The same seed, data and versions give the same numbers on the same processor; other versions or a GPU may round in \
another order.
"""
_ARRAYS = {
    "images": "uint8, samples × {height} × {width} × {channels}",
    "features": "float32, samples × {features}: {columns}",
    "labels": "int64, samples: the number of the class, from 0: {classes}",
    "masks": "uint8, samples × {height} × {width}: the number of the class of each pixel: {mask_classes}",
    "tags": "float32, samples × classes, 0 or 1: {mask_classes}",
    "values": "float32, samples × values",
}


@dataclass(frozen=True)
class Facts:
    """What the texts are made of.

    Parameters
    ----------
    run, name, class_name
        The run's id, what it is called, and the class of its network.
    code
        The cell.
    record
        What the training used.
    inputs, targets
        What the network takes and is compared with.
    mean, std, feature_mean, feature_std
        How pixels and the columns of the table are normalized.
    columns
        The names of the table's columns.
    sizes
        Height, width and channels of an image.
    classes, mask_classes
        Their names.
    result
        What the job gave; empty where it is not done.
    with_data
        Whether the data file lies beside it.
    augmentation
        What the settings of the training did to its images at random, as code that makes ``AUGMENTATION``; where it is
        empty, what the cell calls so was done.
    left_out
        Sentences on what the training did besides and ``train.py`` does not.
    """

    run: str
    name: str
    class_name: str
    code: str
    record: TrainingRecord
    inputs: tuple[str, ...]
    targets: tuple[str, ...]
    mean: tuple[float, ...]
    std: tuple[float, ...]
    feature_mean: tuple[float, ...]
    feature_std: tuple[float, ...]
    columns: tuple[str, ...]
    sizes: tuple[int, int, int]
    classes: tuple[str, ...]
    mask_classes: tuple[str, ...]
    result: Mapping[str, Any]
    with_data: bool
    augmentation: str = ""
    left_out: tuple[str, ...] = ()


def experiment_files(facts: Facts) -> dict[str, str]:
    """Return the texts by the names of their files."""
    python = ".".join(str(facts.record.environment.get("python", "3.11")).split(".")[:2])
    return {
        "train.py": train_script(facts),
        NETWORK: facts.code if facts.code.endswith("\n") else f"{facts.code}\n",
        **({AUGMENTATION: facts.augmentation} if facts.augmentation else {}),
        "requirements.txt": "".join(
            f"{line}\n" for line in requirements(f"{facts.code}\n{facts.augmentation}", facts.record.environment)
        ),
        "environment.yml": _ENVIRONMENT.format(python=python),
        "Dockerfile": _DOCKERFILE.format(python=python),
        "README.md": _readme(facts, python),
        "run.json": json.dumps(
            {"run": facts.run, **facts.record.model_dump(mode="json"), "result": dict(facts.result)}, indent=2
        )
        + "\n",
    }


def requirements(code: str, environment: Mapping[str, Any]) -> list[str]:
    """Return the packages that a cell needs, each with the version that it was trained with where that is known."""
    versions = environment.get("packages", {})
    named = dict.fromkeys([*_ALWAYS, *(_PACKAGES.get(name, name) for name in _imported(code))])
    lines = []
    for name in named:
        # A version such as 2.9.0+cpu is a build of one machine.
        version = str(versions.get(name) or "").partition("+")[0]
        lines.append(f"{name}=={version}" if version else name)
    return lines


def _imported(code: str) -> Iterator[str]:
    for node in ast.walk(ast.parse(code)):
        names: Sequence[str] = ()
        if isinstance(node, ast.Import):
            names = [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            names = [node.module]
        yield from (top for name in names if (top := name.partition(".")[0]) not in sys.stdlib_module_names)


def _readme(facts: Facts, python: str) -> str:
    height, width, channels = facts.sizes
    words = {
        "height": height,
        "width": width,
        "channels": channels,
        "features": len(facts.columns),
        "columns": ", ".join(facts.columns),
        "classes": _listed(facts.classes),
        "mask_classes": _listed(facts.mask_classes),
    }
    used = facts.record.dataset
    there = f"`{DATA}` holds the data set `{used.id}`, version {used.version}."
    absent = (
        f"The data set `{used.id}`, version {used.version}, is not in this folder. "
        f"`run.download_experiment(path, data=True)` writes it as `{DATA}`; `--data` takes any other file."
    )
    metrics = facts.result.get("test_metrics") or {}
    figures = "\n".join(f"- {name.replace('_', ' ')}: {value:.4f}" for name, value in metrics.items())
    return _README.format(
        name=facts.name,
        class_name=facts.class_name,
        dataset=used.id,
        run=facts.run,
        python=python,
        weights=WEIGHTS,
        data_option="" if facts.with_data else " --data FILE",
        data_text=there if facts.with_data else absent,
        arrays="\n".join(
            f"| `{name}_train` … | {_ARRAYS[name].format(**words)} |"
            for name in dict.fromkeys([*facts.inputs, *facts.targets])
        ),
        results=figures or "The run has no test metrics.",
        augmentation=f"| `{AUGMENTATION}` | what is done to the training images at random |\n"
        * bool(facts.augmentation),
        left_out="".join(f"\n{sentence}\n" for sentence in facts.left_out),
    )


def _listed(names: Sequence[str]) -> str:
    return ", ".join(f"{number} {name}" for number, name in enumerate(names))
