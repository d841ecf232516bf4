"""The metrics: torchmetrics by name, for each task that a metric fits, with the arguments it takes there."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from patholearn_lab.graph.inputs import Task


@dataclass(frozen=True)
class MetricKind:
    """A metric for a task.

    Parameters
    ----------
    name
        What the setting and the curves call it.
    task
        What the output learns.
    target
        The class in torchmetrics.
    fixed
        Arguments that are always the same.
    width
        The argument that takes the number of classes or values; empty where it needs none.
    one_value
        Whether it measures one value only (and would give a whole row for several).
    ignores
        Whether it can leave out what is not annotated.
    """

    name: str
    task: Task
    target: str
    fixed: tuple[tuple[str, str | float], ...] = ()
    width: str = ""
    one_value: bool = False
    ignores: bool = False


def _classes(name: str, kind: str, **fixed: str) -> MetricKind:
    return MetricKind(
        name, "classification", kind, (("task", "multiclass"), *fixed.items()), width="num_classes", ignores=True
    )


def _pixels(name: str, kind: str, **fixed: str) -> MetricKind:
    return MetricKind(
        name, "segmentation", kind, (("task", "multiclass"), *fixed.items()), width="num_classes", ignores=True
    )


def _tags(name: str, kind: str) -> MetricKind:
    return MetricKind(name, "multilabel", kind, (("task", "multilabel"),), width="num_labels", ignores=True)


METRICS: tuple[MetricKind, ...] = (
    _classes("accuracy", "Accuracy"),
    _classes("balanced_accuracy", "Accuracy", average="macro"),
    _classes("f1", "F1Score", average="macro"),
    _classes("precision", "Precision", average="macro"),
    _classes("recall", "Recall", average="macro"),
    _classes("specificity", "Specificity", average="macro"),
    _classes("auroc", "AUROC"),
    _classes("average_precision", "AveragePrecision"),
    _classes("cohen_kappa", "CohenKappa"),
    _classes("matthews", "MatthewsCorrCoef"),
    _classes("calibration_error", "CalibrationError"),
    _pixels("dice", "F1Score", average="macro"),
    _pixels("iou", "JaccardIndex", average="macro"),
    _pixels("accuracy", "Accuracy"),
    _pixels("precision", "Precision", average="macro"),
    _pixels("recall", "Recall", average="macro"),
    _pixels("specificity", "Specificity", average="macro"),
    _tags("f1", "F1Score"),
    _tags("accuracy", "Accuracy"),
    _tags("precision", "Precision"),
    _tags("recall", "Recall"),
    _tags("specificity", "Specificity"),
    _tags("auroc", "AUROC"),
    _tags("average_precision", "AveragePrecision"),
    _tags("matthews", "MatthewsCorrCoef"),
    _tags("exact_match", "ExactMatch"),
    MetricKind("mae", "regression", "MeanAbsoluteError"),
    MetricKind("mse", "regression", "MeanSquaredError"),
    MetricKind("rmse", "regression", "MeanSquaredError", (("squared", False),)),
    MetricKind("r2", "regression", "R2Score"),
    MetricKind("pearson", "regression", "PearsonCorrCoef", one_value=True),
    MetricKind("mse", "reconstruction", "MeanSquaredError"),
    MetricKind("mae", "reconstruction", "MeanAbsoluteError"),
    MetricKind("ssim", "reconstruction", "image.StructuralSimilarityIndexMeasure"),
)
"""Every metric for every task it fits; the first of a task is measured where no metric is drawn."""

BY_TASK: Mapping[Task, Mapping[str, MetricKind]] = {
    task: {metric.name: metric for metric in METRICS if metric.task == task}
    for task in dict.fromkeys(metric.task for metric in METRICS)
}
METRIC_NAMES: tuple[str, ...] = tuple(dict.fromkeys(metric.name for metric in METRICS))
"""Each name once, in the order in which people choose."""
