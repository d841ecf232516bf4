"""The cell of a training with its classes weighed: how often each occurs is counted in the data that it learns from."""

from __future__ import annotations

from typing import TYPE_CHECKING, cast

from patholearn_lab.errors import JobSpecError

if TYPE_CHECKING:
    from patholearn_lab.datasets.library import DatasetLibrary
    from patholearn_lab.graph.inputs import Target
    from patholearn_lab.jobs.context import JobContext
    from patholearn_lab.training.spec import TrainingSpec


def weighed_code(spec: TrainingSpec, datasets: DatasetLibrary, context: JobContext, owner: str) -> str:
    """Return the code that is trained: the cell's own, or with a weight per class where the training asks for that.

    Raises
    ------
    JobSpecError
        When the weights are not one for each class, or there are several outputs or none with classes.
    CodeError
        When the cell has no loss that can weigh classes.
    """
    if spec.class_weights is None:
        return spec.code
    from patholearn_lab.codegen.class_weights import weigh_classes
    from patholearn_lab.codegen.reading import read_cell
    from patholearn_lab.graph.learning.losses import class_weights

    facts = read_cell(spec.code)
    id = spec.dataset or facts.settings.get("DATASET")
    if facts.syntax_error is not None or not isinstance(id, str):
        return spec.code  # Said with its line, or what is missing, when the cell is loaded.
    if spec.dataset_version is None:
        manifest = datasets.ensure(id, context, owner=owner)
    else:
        manifest = datasets.find(id, spec.dataset_version)
    target = facts.targets[0] if len(facts.targets) == 1 else ""
    if target not in ("labels", "masks"):
        raise JobSpecError(
            "class_weights needs a network with one output that tells classes of images or pixels.",
            "Choose the loss weighted_cross_entropy at each output of the graph instead.",
            key="class_weights",
        )
    names = manifest.shape().names(cast("Target", target))
    if spec.class_weights == "balanced":
        store = datasets.open(manifest.id, manifest.version)
        counts = manifest.mask_pixels
        if target == "labels":
            labels = store.labels(store.indices("train", fold=spec.fold))
            counts = tuple(int((labels == number).sum()) for number in range(len(names)))
        weights = class_weights("", counts)
    else:
        weights = spec.class_weights
    if len(weights) != len(names):
        raise JobSpecError(
            f"class_weights has {len(weights)} numbers; the data set {id!r} has {len(names)} classes.",
            f"Name one for each of {', '.join(names)}, or write 'balanced'.",
            key="class_weights",
        )
    told = ", ".join(f"{name} {weight:.4g}" for name, weight in zip(names, weights, strict=True))
    context.log(f"Weights of the classes in the loss: {told}.")
    return weigh_classes(spec.code, weights)
