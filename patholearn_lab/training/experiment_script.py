"""The ``train.py`` of a run that trains on without PathoLearn Lab."""

from __future__ import annotations

import ast
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from patholearn_lab.training.experiment import Facts

WEIGHTS = "weights.ckpt"
DATA = "data.npz"

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
{tensors}
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
{drawn}        parts = {{name: torch.from_numpy(self.arrays[name][np.asarray(rows)]) for name in self.arrays}}
{changed}        parts = {{name: self.tensor(name, values) for name, values in parts.items()}}
        inputs = tuple(parts[name] for name in INPUTS)
        targets = {{name: parts[name] for name in TARGETS}}
        return (inputs if len(inputs) > 1 else inputs[0], targets if len(targets) > 1 else targets[TARGETS[0]])

{augment}    def tensor(self, name, values):
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
        generator = np.random.default_rng([self.seed, self.epoch])
        order = generator.permutation(self.samples).tolist()
        self.epoch += 1
        return {drawing}


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
_AUGMENT = '''\
    def augment(self, parts, seeds):
        """Change each image at random, its mask in step, by a seed of its own; the network's random numbers stay."""
        images, masks = parts["images"].permute(0, 3, 1, 2).contiguous(), parts.get("masks")
        with torch.random.fork_rng(devices=[]):
            for row, seed in enumerate(seeds):
                torch.default_generator.manual_seed(seed)
                image = tv_tensors.Image(images[row].clone())
                if masks is None:
                    images[row] = self.transform(image)
                else:
                    images[row], masks[row] = self.transform(image, tv_tensors.Mask(masks[row].clone()))
        parts["images"] = images.permute(0, 2, 3, 1)

'''
_DRAWN = """\
        seeds = [row[1] for row in rows if isinstance(row, tuple)]  # of training samples
        rows = [row[0] if isinstance(row, tuple) else row for row in rows]
"""
_CHANGED = """\
        if seeds:
            self.augment(parts, seeds)
"""


def train_script(facts: Facts) -> str:
    """Return the script: its constants are the settings of the run."""
    settings = facts.record.settings
    has_table = "features" in facts.inputs
    made = "model = network.model" if assigns(facts.code, "model") else f"model = network.{facts.class_name}()"
    table = _TABLE.format(mean=facts.feature_mean, std=facts.feature_std, columns=", ".join(facts.columns))
    # The settings of the training come before what the cell says.
    where = "from augmentation import AUGMENTATION" if facts.augmentation else "AUGMENTATION = network.AUGMENTATION"
    augmented = bool(facts.augmentation) or assigns(facts.code, "AUGMENTATION")
    transform = f'        {where}\n\n        data.splits["train"].transform = AUGMENTATION\n' if augmented else ""
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
        load=f"        import network\n{transform}\n        {made}",
        tensors="from torchvision import tv_tensors\n" if augmented else "",
        drawn=_DRAWN if augmented else "",
        changed=_CHANGED if augmented else "",
        augment=_AUGMENT if augmented else "",
        drawing="zip(order, generator.integers(0, 2**63, len(order)).tolist())" if augmented else "iter(order)",
        data=DATA,
        weights=WEIGHTS,
    )


def assigns(code: str, name: str) -> bool:
    """Return whether a cell gives something this name."""
    return any(
        isinstance(target, ast.Name) and target.id == name
        for statement in ast.parse(code).body
        if isinstance(statement, ast.Assign)
        for target in statement.targets
    )


def _half(environment: Mapping[str, Any]) -> str:
    """Return how Lightning calls half precision where the run was trained."""
    return "bf16-mixed" if environment.get("accelerator") == "cpu" else "16-mixed"
