"""One training: seed, fit, the best weights again, test, confusion matrices.

Imports torch and lightning at the top: only the child process of a job loads this module.
"""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass

import lightning as L
import torch

from patholearn_lab.errors import PathoLearnError
from patholearn_lab.progress import ensure_not_cancelled
from patholearn_lab.training.answers import Answer, ensure_answers_fit
from patholearn_lab.training.callbacks import EnoughError, RecordMetrics, ReportProgress, SettleOptimizer
from patholearn_lab.training.cell import LoadedCell
from patholearn_lab.training.checkpoints import KeepCheckpoints, Start, checkpoint_file
from patholearn_lab.training.confusions import Confusion
from patholearn_lab.training.diagnosis import diagnose
from patholearn_lab.training.distributed import Team, part, trainer_settings
from patholearn_lab.training.evaluation import evaluate
from patholearn_lab.training.extras import FindLearningRate, callbacks_of, optional_settings
from patholearn_lab.training.memory import is_out_of_memory, out_of_memory
from patholearn_lab.training.quiet import quiet_lightning
from patholearn_lab.training.recorder import Recorder
from patholearn_lab.training.spec import FitSettings


@dataclass(frozen=True)
class Outcome:
    """What a training gave.

    Parameters
    ----------
    test_metrics
        What the cell logs on the test split; the accuracy of what has classes in any case.
    confusions
        Of each output that has classes, which class was taken for which.
    epochs
        How many were finished, those of the run that this one went on from among them.
    best_epoch
        Whose weights the model has now; counted from 1. The last one, where somebody stopped the training and wanted
        to keep that.
    equal_weights
        Whether all ranks that trained together had the same weights at the end.
    train_wall_s
        Seconds of the fit alone: without imports, data set, testing and export.
    """

    test_metrics: dict[str, float]
    confusions: list[Confusion]
    epochs: int
    best_epoch: int
    train_wall_s: float
    equal_weights: bool = True


def seed_everything(seed: int) -> None:
    """Seed Python, numpy, torch and the workers of data loaders. Has to come before the cell makes its network."""
    with quiet_lightning():
        L.seed_everything(seed, workers=True, verbose=False)


def train(
    cell: LoadedCell,
    settings: FitSettings,
    data: L.LightningDataModule,
    answers: Sequence[Answer],
    input_shape: tuple[int, int, int],
    recorder: Recorder,
    takes: Sequence[tuple[int, ...]] = (),
    start: Start | None = None,
    team: Team | None = None,
) -> Outcome:
    """Train the cell's network on `data`, and leave it with its best weights, on the CPU, in eval mode.

    Parameters
    ----------
    cell
        The loaded cell; its model is changed in place.
    settings
        How long, in which steps.
    data
        Batches are ``(inputs, targets)``; see :data:`patholearn_lab.datasets.split_dataset.Batch`.
    answers
        What the network has to give, and what that is compared with.
    input_shape
        ``(C, H, W)`` of one image.
    recorder
        Gets progress and curves; checkpoints go into its ``folder``.
    takes
        The shapes of what ``forward`` takes, in order, for one sample; one image where empty.
    start
        The state of another run to begin with.
    team
        The processes that train together. Rank 0 tests; the others come back with no figures.

    Raises
    ------
    JobSpecError
        When the state to begin with is not there, or is another network's.
    CodeError
        When the cell's network cannot be trained; with the line of the cell.
    CancelledError
        When somebody asked for the training to stop.
    """
    ensure_network_fits(cell, answers, input_shape, takes)
    metrics = RecordMetrics(recorder)
    checkpoints = KeepCheckpoints(recorder.folder / "checkpoints")
    epochs = settings.epochs if start is None else start.load(cell.model, settings.epochs)
    resumed = None if start is None else start.resumed
    if start is not None and resumed is not None:
        checkpoints.go_on(checkpoint_file(start.folder, "best"))
    extras = callbacks_of(settings, recorder)
    finder = next((extra for extra in extras if isinstance(extra, FindLearningRate)), None)
    with quiet_lightning(), plain_words(cell):
        trainer = L.Trainer(
            max_epochs=epochs,
            accelerator="auto",
            devices=1,
            logger=False,
            enable_progress_bar=False,
            enable_model_summary=False,
            default_root_dir=recorder.folder,
            callbacks=[
                *extras,
                SettleOptimizer(settings.learning_rate, finder),
                ReportProgress(recorder),
                metrics,
                checkpoints,
            ],
            **trainer_settings(team),
            **optional_settings(settings),
        )
        started = time.perf_counter()
        try:
            trainer.fit(cell.model, datamodule=data, ckpt_path=resumed, weights_only=True)
        except EnoughError:
            # Lightning has let go of everything when it raises, and the trainer can test.
            recorder.log("Stopped on request. What was learned so far is tested now.")
        except (RuntimeError, MemoryError) as error:
            if not is_out_of_memory(error):
                raise
            raise out_of_memory(error, cell.model, list(takes) or [input_shape], settings.batch_size) from error
        train_wall_s = time.perf_counter() - started
        equal_weights = part(cell.model)
        if team is not None and team.rank > 0:
            return Outcome({}, [], int(trainer.current_epoch), 0, train_wall_s)

        if not metrics.names:
            recorder.log(
                "The cell logs nothing, so there are no curves but the loss. To get one: self.log(name, value)."
            )
        kept = recorder.keep
        if kept not in ("best", "last"):
            ensure_not_cancelled(recorder)
        taken = checkpoints.load(cell.model, "last" if kept == "last" else "best")
        tested = evaluate(cell, data.test_dataloader(), answers, recorder, trainer if team is None else None)
    return Outcome(
        test_metrics=tested.metrics,
        confusions=tested.confusions,
        epochs=int(trainer.current_epoch),
        best_epoch=taken + 1,
        train_wall_s=train_wall_s,
        equal_weights=equal_weights,
    )


def ensure_network_fits(
    cell: LoadedCell,
    answers: Sequence[Answer],
    input_shape: tuple[int, int, int],
    takes: Sequence[tuple[int, ...]] = (),
) -> None:
    """Raise CodeError unless the network gives what it is asked; tried on two empty samples, in no time.

    It also gives lazy layers (``nn.LazyLinear``) their sizes, as ``configure_optimizers`` needs them.
    """
    model = cell.model
    was_training = model.training
    with quiet_lightning(), plain_words(cell), torch.no_grad(), torch.random.fork_rng(devices=[]):
        outputs = model.eval()(*(torch.zeros(2, *shape) for shape in takes or (input_shape,)))
        model.train(was_training)
    ensure_answers_fit(answers, outputs, input_shape, 2)


@contextmanager
def plain_words(cell: LoadedCell) -> Iterator[None]:
    """Turn what the cell's code raises into a CodeError; what we raise ourselves is plain already."""
    try:
        yield
    except PathoLearnError:
        raise
    except Exception as error:
        raise diagnose(error, cell.file) from error
