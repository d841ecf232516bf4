"""A trained network made into a model: exported to ONNX, compared with the original, published.

Runs in a job's child process, where torch may be imported; it joins what training and serving (siblings) give.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from patholearn_lab.errors import CodeError

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from patholearn_lab.datasets.preprocessing import Preprocessing
    from patholearn_lab.datasets.store import DatasetStore
    from patholearn_lab.jobs.context import JobContext
    from patholearn_lab.serving.models import ModelDraft, ModelOutput
    from patholearn_lab.training.cell import LoadedCell
    from patholearn_lab.training.spec import TrainingSpec


def publish(
    cell: LoadedCell,
    takes: Mapping[str, tuple[int, ...]],
    outputs: Sequence[ModelOutput],
    describe: Callable[..., ModelDraft],
    store: DatasetStore,
    preprocessing: Preprocessing,
    context: JobContext,
) -> dict[str, Any]:
    """Make a model of a cell's trained network, and return what a job's result says about it.

    Parameters
    ----------
    cell
        The cell; its network is trained, and on the CPU.
    takes
        The shape of each input for one sample, by its name, in the order of forward's arguments.
    outputs
        What the network says.
    describe
        Makes the draft of the manifest, given ``parity``.
    store
        The data set, whose test images the two networks are compared on.
    preprocessing
        How they become the network's input.
    context
        The job.

    Returns
    -------
    dict
        ``{model: {name, version}, export_s, onnx_max_abs_diff, onnx_images, export_error}``. A network that ONNX cannot
        hold has an ``export_error`` (an error as it travels), and all else is None: what was learned is not lost.

    Raises
    ------
    CancelledError
        When the job was stopped meanwhile: who stops it does not want its model.
    """
    from patholearn_lab.paths import DataPaths
    from patholearn_lab.progress import ensure_not_cancelled
    from patholearn_lab.serving.export import export_onnx, measure_parity
    from patholearn_lab.serving.library import ModelLibrary

    context.report(0, None, "Exporting")
    began = time.perf_counter()
    network = context.folder / "checkpoints" / "model.onnx"
    try:
        export_onnx(cell.model, takes, network, outputs)
    except CodeError as error:
        context.log(f"{error.message} {error.hint}")
        nothing = dict.fromkeys(("model", "export_s", "onnx_max_abs_diff", "onnx_images"))
        return {**nothing, "export_error": error.to_dict()}
    parity = measure_parity(cell.model, network, _test_samples(store, takes, preprocessing), outputs)
    export_s = time.perf_counter() - began
    ensure_not_cancelled(context)
    published = ModelLibrary(DataPaths(context.data_root)).publish(describe(parity=parity), network, cell.file)
    network.unlink()
    return {
        "model": {"name": published.name, "version": published.version},
        "export_s": export_s,
        "onnx_max_abs_diff": parity.max_abs_diff,
        "onnx_images": parity.images,
        "export_error": None,
    }


def model_name(spec: TrainingSpec, class_name: str) -> str:
    """Return what the model is published as: as asked, as the graph is called, or as the class is called."""
    from patholearn_lab.paths import slug

    meta = (spec.document or {}).get("meta")
    drawn = str(meta.get("name") or "") if isinstance(meta, dict) else ""
    return next((name for name in map(slug, (spec.model_name or "", drawn, class_name)) if name), "model")


def _test_samples(
    store: DatasetStore, inputs: Iterable[str], preprocessing: Preprocessing
) -> dict[str, NDArray[np.float32]]:
    """Return up to 1,000 test samples as the network takes them, spread over the split: classes may be in order."""
    import numpy as np

    from patholearn_lab.datasets.inputs import FEATURES, IMAGES
    from patholearn_lab.datasets.standardization import Standardization
    from patholearn_lab.serving.export import PARITY_IMAGES
    from patholearn_lab.serving.preprocess import fit_image, network_input

    indices = store.indices("test")
    if len(indices) > PARITY_IMAGES:
        indices = indices[np.linspace(0, len(indices) - 1, PARITY_IMAGES).round().astype(np.int64)]
    make = {
        IMAGES: lambda: network_input(
            np.stack([fit_image(image, preprocessing) for image in store.images(indices)]), preprocessing
        ),
        FEATURES: lambda: Standardization.of(store.manifest).apply(store.features(indices)),
    }
    return {name: make[name]() for name in inputs}
