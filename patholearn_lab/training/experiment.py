"""A run as a folder that trains on without PathoLearn Lab: the texts of its files.

::

    train.py           the training, with options for data, epochs, batch size, learning rate, weights and device
    network.py         the cell as it was trained
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

from patholearn_lab.training.record import TrainingRecord

WEIGHTS = "weights.ckpt"
DATA = "data.npz"
NETWORK = "network.py"

_PACKAGES = {"patholearn_lab": "patholearn-lab", "segmentation_models_pytorch": "segmentation-models-pytorch"}
"""Packages that are called otherwise than what is imported."""
_ALWAYS = ("torch", "lightning", "numpy")

_TRAIN = '''\
"""Trains {class_name}, the network of network.py, on the samples of an .npz file. Try: python train.py --help

PathoLearn Lab wrote this for the run {run}. It needs torch and lightning, and nothing else of PathoLearn Lab.
"""

import argparse
import contextlib
import json
from pathlib import Path

import lightning as L
import numpy as np
import torch
from lightning.pytorch.utilities.model_helpers import is_overridden
from torch.utils.data import DataLoader, Dataset

INPUTS = {inputs}  # what the network takes, in this order
TARGETS = {targets}  # what its answers are compared with
EPOCHS = {epochs}
BATCH_SIZE = {batch_size}
LEARNING_RATE = {learning_rate}  # None: as the network sets it itself
SEED = {seed}
ACCUMULATE = {accumulate}  # batches that make one step
CLIP_GRADIENTS = {clip}  # None: not at all
PRECISION = "{precision}"
MEAN = {mean}  # of the training pixels between 0 and 1, for each channel
STD = {std}
{table}
HERE = Path(__file__).resolve().parent


class Samples(Dataset):
    """One split of the file: images_train, labels_train and so on, the samples along the first axis."""

    def __init__(self, file, split):
        names = dict.fromkeys([*INPUTS, *TARGETS])
        self.arrays = {{name: file[f"{{name}}_{{split}}"] for name in names}}

    def __len__(self):
        return len(self.arrays[INPUTS[0]])

    def __getitems__(self, rows):
        parts = {{name: self.tensor(name, np.asarray(rows)) for name in self.arrays}}
        inputs = tuple(parts[name] for name in INPUTS)
        targets = {{name: parts[name] for name in TARGETS}}
        return (inputs if len(inputs) > 1 else inputs[0], targets if len(targets) > 1 else targets[TARGETS[0]])

    def tensor(self, name, rows):
        values = torch.from_numpy(self.arrays[name][rows])
        if name == "images":  # uint8, samples × height × width × channels
            scale, offset = (part.view(1, -1, 1, 1) for part in (1 / (255 * torch.tensor(STD)), {offset}))
            return values.permute(0, 3, 1, 2).contiguous().float().mul_(scale).add_(offset)
{features}        return values.long() if name in ("labels", "masks") else values.float()


class Order:
    """The order of the training samples: another one in every epoch, the same for the same seed."""

    def __init__(self, samples, seed):
        self.samples, self.seed, self.epoch = samples, seed, 0

    def __len__(self):
        return self.samples

    def set_epoch(self, epoch):
        self.epoch = epoch

    def __iter__(self):
        order = np.random.default_rng([self.seed, self.epoch]).permutation(self.samples)
        self.epoch += 1
        return iter(order.tolist())


class Data(L.LightningDataModule):
    """The splits train, valid and test."""

    def __init__(self, path, batch_size, seed):
        super().__init__()
        if not Path(path).is_file():
            raise SystemExit(f"There is no file {{path}}. README.md says what it has to hold.")
        self.batch_size = batch_size
        with np.load(path) as file:
            self.splits = {{split: Samples(file, split) for split in ("train", "valid", "test")}}
        self.order = Order(len(self.splits["train"]), seed)

    def loader(self, split, **options):
        return DataLoader(self.splits[split], self.batch_size, collate_fn=lambda batch: batch, **options)

    def train_dataloader(self):
        return self.loader("train", sampler=self.order)

    def val_dataloader(self):
        return self.loader("valid")

    def test_dataloader(self):
        return self.loader("test")


class KeepBest(L.Callback):
    """Keeps the weights of the epoch with the lowest valid_loss; the last one's where nobody logs that."""

    def __init__(self):
        self.loss, self.weights = float("inf"), None

    def on_validation_end(self, trainer, model):
        loss = float(trainer.callback_metrics.get("valid_loss", -trainer.current_epoch))
        if not trainer.sanity_checking and (self.weights is None or loss < self.loss):
            self.loss = loss
            self.weights = {{name: tensor.detach().cpu().clone() for name, tensor in model.state_dict().items()}}


class SetLearningRate(L.Callback):
    """Sets the learning rate of all optimizers, and of the schedules that begin with it."""

    def __init__(self, rate):
        self.rate = rate

    def on_train_start(self, trainer, model):
        for optimizer in trainer.optimizers:
            for group in optimizer.param_groups:
                group.update({{name: self.rate for name in ("lr", "initial_lr") if name in group}})
        for config in trainer.lr_scheduler_configs:
            if hasattr(config.scheduler, "base_lrs"):
                config.scheduler.base_lrs = [self.rate for _ in config.scheduler.base_lrs]


def load_network(data):
    """Make the network, and give layers their sizes that take them from what comes in."""
    with contextlib.chdir(HERE):
{load}
    if any(torch.nn.parameter.is_lazy(weight) for weight in model.parameters()):
        inputs, _ = data.splits["train"].__getitems__([0, 1])
        with torch.no_grad(), torch.random.fork_rng():
            model.eval()(*(inputs if isinstance(inputs, tuple) else (inputs,)))
    return model.train()


def main():
    parser = argparse.ArgumentParser(description="Train {class_name}, and test it.")
    parser.add_argument("--data", default=HERE / "{data}", help="the samples, an .npz file (see README.md)")
    parser.add_argument("--epochs", type=int, default=EPOCHS, help="0: only test the weights")
    parser.add_argument("--batch-size", type=int, default=BATCH_SIZE)
    parser.add_argument("--learning-rate", type=float, default=LEARNING_RATE)
    parser.add_argument("--weights", help="begin with the weights of a file: {weights} are those of the run")
    parser.add_argument("--device", default="auto", help="auto, cpu, gpu, cuda or mps")
    parser.add_argument("--seed", type=int, default=SEED, help="the same seed gives the same numbers")
    parser.add_argument("--output", default="trained.ckpt", help="where the trained weights go")
    arguments = parser.parse_args()

    L.seed_everything(arguments.seed, workers=True)
    data = Data(arguments.data, arguments.batch_size, arguments.seed)
    model = load_network(data)
    if arguments.weights:
        saved = torch.load(arguments.weights, map_location="cpu", weights_only=True)
        model.load_state_dict(saved.get("state_dict", saved))
    best = KeepBest()
    callbacks = [best] if arguments.learning_rate is None else [best, SetLearningRate(arguments.learning_rate)]
    trainer = L.Trainer(
        max_epochs=arguments.epochs,
        accelerator=arguments.device,
        devices=1,
        logger=False,
        enable_checkpointing=False,
        callbacks=callbacks,
        accumulate_grad_batches=ACCUMULATE,
        gradient_clip_val=CLIP_GRADIENTS,
        precision=PRECISION,
    )
    if arguments.epochs:
        trainer.fit(model, datamodule=data)
        if best.weights is not None:
            model.load_state_dict(best.weights)
        torch.save({{"state_dict": model.state_dict()}}, arguments.output)
        print(f"The trained weights are in {{arguments.output}}.")
    if is_overridden("test_step", model, L.LightningModule):
        print(json.dumps(trainer.test(model, datamodule=data, verbose=False)[0]))


if __name__ == "__main__":
    main()
'''
_TABLE = """\
FEATURE_MEAN = {mean}  # of the training rows, for each column: {columns}
FEATURE_STD = {std}
"""
_FEATURES = """\
        if name == "features":
            return ((values - torch.tensor(FEATURE_MEAN, dtype=torch.float64)) / torch.tensor(FEATURE_STD)).float()
"""
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
| `{weights}` | the weights of the best epoch of the run |
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
    left_out: tuple[str, ...] = ()


def experiment_files(facts: Facts) -> dict[str, str]:
    """Return the texts by the names of their files."""
    python = ".".join(str(facts.record.environment.get("python", "3.11")).split(".")[:2])
    return {
        "train.py": _train(facts),
        NETWORK: facts.code if facts.code.endswith("\n") else f"{facts.code}\n",
        "requirements.txt": "".join(f"{line}\n" for line in requirements(facts.code, facts.record.environment)),
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


def _makes_model(code: str) -> bool:
    return any(
        isinstance(target, ast.Name) and target.id == "model"
        for statement in ast.parse(code).body
        if isinstance(statement, ast.Assign)
        for target in statement.targets
    )


def _train(facts: Facts) -> str:
    settings = facts.record.settings
    has_table = "features" in facts.inputs
    made = "model = network.model" if _makes_model(facts.code) else f"model = network.{facts.class_name}()"
    table = _TABLE.format(mean=facts.feature_mean, std=facts.feature_std, columns=", ".join(facts.columns))
    return _TRAIN.format(
        class_name=facts.class_name,
        run=facts.run,
        inputs=facts.inputs,
        targets=facts.targets,
        epochs=settings.epochs,
        batch_size=settings.batch_size,
        learning_rate=settings.learning_rate,
        seed=settings.seed,
        accumulate=settings.accumulate,
        clip=settings.clip_gradients,
        precision="32-true" if settings.precision == 32 else _half(facts.record.environment),
        mean=facts.mean,
        std=facts.std,
        offset="-torch.tensor(MEAN) / torch.tensor(STD)",
        table=table if has_table else "",
        features=_FEATURES if has_table else "",
        load=f"        import network\n\n        {made}",
        data=DATA,
        weights=WEIGHTS,
    )


def _half(environment: Mapping[str, Any]) -> str:
    """Return how Lightning calls half precision where the run was trained."""
    return "bf16-mixed" if environment.get("accelerator") == "cpu" else "16-mixed"


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
        left_out="".join(f"\n{sentence}\n" for sentence in facts.left_out),
    )


def _listed(names: Sequence[str]) -> str:
    return ", ".join(f"{number} {name}" for number, name in enumerate(names))
