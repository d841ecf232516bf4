"""A tiny bundle with one output of every task, made without torch: what predicting costs is then all of a test."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper

from patholearn_lab.datasets.preprocessing import Preprocessing
from patholearn_lab.paths import DataPaths
from patholearn_lab.serving.library import ModelLibrary
from patholearn_lab.serving.models import INPUT, ModelDraft, ModelManifest, ModelOutput, Parity

CLASSES = ("normal", "tumor")
EVERY_OUTPUT = (
    ModelOutput.of("labels", CLASSES, "diagnosis"),
    ModelOutput.of("masks", ("background", "nucleus"), "nuclei"),
    ModelOutput.of("tags", ("background", "nucleus"), "kinds"),
    ModelOutput.of("values", ("background", "nucleus"), "shares", "share of the pixels"),
    ModelOutput.of("images", (), "images"),
)


def publish_every_task(
    paths: DataPaths, scratch: Path, dataset: str, side: int, outputs: Sequence[ModelOutput] = EVERY_OUTPUT
) -> ModelManifest:
    """Publish the model ``every-task`` for color images of `side` × `side` pixels that are divided by 255.

    A pixel is a nucleus where it is darker than a middle grey; the image has more of it, the surer is a tumor.
    """
    network = scratch / "model.onnx"
    _write_network(network, side)
    draft = ModelDraft(
        name="every-task", outputs=tuple(outputs), dataset=dataset, job="job-1", graph="drawn", owner="ada",
        parity=Parity(max_abs_diff=0, images=1), test_metrics={},
        preprocessing=Preprocessing(channels=3, height=side, width=side, mean=(0, 0, 0), std=(1, 1, 1)),
    )  # fmt: skip
    return ModelLibrary(paths).publish(draft, network)


def _write_network(target: Path, side: int) -> None:
    darkness = np.array([[1, 1, 1], [-1, -1, -1]], np.float32).reshape(2, 3, 1, 1)
    weights = {"darkness": darkness, "middle": np.array([-1.5, 1.5], np.float32)}
    nodes = [
        helper.make_node("Conv", [INPUT, "darkness", "middle"], ["nuclei"]),
        helper.make_node("GlobalAveragePool", ["nuclei"], ["pooled"]),
        helper.make_node("Flatten", ["pooled"], ["diagnosis"]),
        helper.make_node("Identity", ["diagnosis"], ["kinds"]),
        helper.make_node("Softmax", ["diagnosis"], ["shares"], axis=1),
        helper.make_node("Identity", [INPUT], ["images_out"]),
    ]
    shapes = {"diagnosis": [2], "nuclei": [2, side, side], "kinds": [2], "shares": [2], "images_out": [3, side, side]}
    graph = helper.make_graph(
        nodes,
        "every_task",
        [helper.make_tensor_value_info(INPUT, TensorProto.FLOAT, ["batch", 3, side, side])],
        [helper.make_tensor_value_info(name, TensorProto.FLOAT, ["batch", *shape]) for name, shape in shapes.items()],
        [numpy_helper.from_array(value, name) for name, value in weights.items()],
    )
    onnx.save(helper.make_model(graph, opset_imports=[helper.make_opsetid("", 20)], ir_version=10), target)
