"""What is written about a model. Light: no torch, no numpy, no onnxruntime."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any, Literal, Self, cast

from pydantic import BaseModel, ConfigDict, Field, model_validator

from patholearn_lab.datasets.inputs import FEATURES, IMAGE_ALONE, IMAGES
from patholearn_lab.datasets.preprocessing import Preprocessing
from patholearn_lab.datasets.standardization import Standardization
from patholearn_lab.graph.inputs import Target, Task
from patholearn_lab.graph.learning.tasks import BY_TARGET

THRESHOLD = 0.5
"""From which probability on a label counts as present, where nobody chose another."""


class ModelOutput(BaseModel):
    """One output of a model: what it says, and how its numbers are to be read.

    Parameters
    ----------
    name
        Its name in ``model.onnx`` (see :attr:`tensor`) and in answers.
    task
        What it was trained for.
    classes
        The names of its classes or values, in the order of its channels; empty for a reconstruction.
    unit
        The unit of its values; empty where they have none.
    thresholds
        Multi-label: from which probability on each label counts as present.
    """

    model_config = ConfigDict(frozen=True)

    name: str = Field(min_length=1)
    task: Task
    classes: tuple[str, ...] = ()
    unit: str = ""
    thresholds: tuple[float, ...] = ()

    @classmethod
    def of(cls, target: str, classes: Sequence[str], name: str = "", unit: str = "") -> Self:
        """Return the output that was compared with `target`; without a name it is called as in the cell (`scores`)."""
        objective = BY_TARGET[cast("Target", target)]
        return cls(
            name=name or objective.guess,
            task=objective.task,
            classes=tuple(classes),
            unit=unit,
            thresholds=(THRESHOLD,) * len(classes) if objective.scale == "sigmoid" else (),
        )

    @property
    def tensor(self) -> str:
        """What it is called in ``model.onnx``: as its name says, if that is not an input's."""
        return f"{self.name}_out" if self.name in {IMAGES, FEATURES} else self.name


class Parity(BaseModel):
    """How far the exported network is from the one that was trained.

    Parameters
    ----------
    max_abs_diff
        The largest difference between two numbers of the same image, as people read them: class probabilities (softmax,
        sigmoid), values, and normalized pixels.
    images
        How many test images were compared.
    outputs
        The largest difference of each output, by its name.
    """

    model_config = ConfigDict(frozen=True)

    max_abs_diff: float
    images: int
    outputs: dict[str, float] = Field(default_factory=dict)


class ModelDraft(BaseModel):
    """What is known of a model before it is published: which it is, where it comes from and what it expects.

    Parameters
    ----------
    inputs
        What it takes, in the order of the network's inputs: images, features of a table, or both.
    outputs
        What it says, in the order of the network's outputs.
    dataset, job, graph
        What it was trained on, by which job, and the id of the drawn graph (None where there was none).
    preprocessing
        What the images go through before the network; the same as in training.
    standardization
        The features that it takes and what they go through; None where it takes none.
    environment
        The versions and the processor it was trained with.
    test_metrics
        ``{"test_accuracy": 0.98, …}`` under the cell's own names.
    """

    model_config = ConfigDict(frozen=True)

    name: str
    inputs: tuple[str, ...] = IMAGE_ALONE
    outputs: tuple[ModelOutput, ...] = Field(min_length=1)
    dataset: str
    job: str
    graph: str | None = None
    owner: str
    visibility: Literal["private", "group", "public"] = "private"
    parity: Parity
    test_metrics: dict[str, float]
    preprocessing: Preprocessing
    standardization: Standardization | None = None
    environment: dict[str, Any] = Field(default_factory=dict)

    @model_validator(mode="before")
    @classmethod
    def _read_classifier(cls, value: Any) -> Any:
        """Manifests from before there were outputs have the classes of the only one."""
        if isinstance(value, dict) and "outputs" not in value and "classes" in value:
            return {**value, "outputs": (ModelOutput.of("labels", value["classes"]),)}
        return value


class ModelManifest(ModelDraft):
    """``manifest.json`` of a bundle: the draft, with what publishing adds.

    Parameters
    ----------
    version
        Counted from 1 for each name; never used twice while a newer one exists.
    created_at
        When it was published, in UTC.
    """

    version: int = Field(ge=1)
    created_at: datetime
