"""Tiny bundles made without torch, of every task and of a table: what predicting costs is then all of a test."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper

from patholearn_lab.datasets.inputs import FEATURES, IMAGES
from patholearn_lab.datasets.preprocessing import Preprocessing
from patholearn_lab.datasets.standardization import Standardization
from patholearn_lab.paths import DataPaths
from patholearn_lab.serving.library import ModelLibrary
from patholearn_lab.serving.models import ModelDraft, ModelManifest, ModelOutput, Parity

CLASSES = ("normal", "tumor")
EVERY_OUTPUT = (
    ModelOutput.of("labels", CLASSES, "diagnosis"),
    ModelOutput.of("masks", ("background", "nucleus"), "nuclei"),
    ModelOutput.of("tags", ("background", "nucleus"), "kinds"),
    ModelOutput.of("values", ("background", "nucleus"), "shares", "share of the pixels"),
    ModelOutput.of("images", (), "images"),
)


def publish_every_task(paths: DataPaths, scratch: Path, dataset: str, side: int) -> ModelManifest:
    """Publish the model ``every-task`` for color images of `side` × `side` pixels that are divided by 255.

    A pixel is a nucleus where it is darker than a middle grey; the image has more of it, the surer is a tumor.
    """
    network = scratch / "model.onnx"
    _write_network(network, side)
    draft = ModelDraft(
        name="every-task", outputs=EVERY_OUTPUT, dataset=dataset, job="job-1", graph="drawn", owner="ada",
        parity=Parity(max_abs_diff=0, images=1), test_metrics={},
        preprocessing=Preprocessing(channels=3, height=side, width=side, mean=(0, 0, 0), std=(1, 1, 1)),
    )  # fmt: skip
    return ModelLibrary(paths).publish(draft, network)


def publish_of_table(
    paths: DataPaths, scratch: Path, dataset: str, side: int, features: Sequence[str], inputs: Sequence[str]
) -> ModelManifest:
    """Publish the model ``of-table``, which finds a tumor where the mean of the features, standardized, is above 0.

    The features have the mean 10 and the spread 2; an image, where it is an input, changes nothing.
    """
    network, width = scratch / "table.onnx", len(features)
    weights = np.stack([-np.ones(width), np.ones(width)], axis=1).astype(np.float32)
    shapes = {IMAGES: [3, side, side], FEATURES: [width]}
    graph = helper.make_graph(
        [helper.make_node("MatMul", [FEATURES, "weights"], ["scores"])],
        "of_table",
        [helper.make_tensor_value_info(name, TensorProto.FLOAT, ["batch", *shapes[name]]) for name in inputs],
        [helper.make_tensor_value_info("scores", TensorProto.FLOAT, ["batch", 2])],
        [numpy_helper.from_array(weights, "weights")],
    )
    onnx.save(helper.make_model(graph, opset_imports=[helper.make_opsetid("", 20)], ir_version=10), network)
    draft = ModelDraft(
        name="of-table", inputs=tuple(inputs), outputs=(ModelOutput.of("labels", CLASSES),), dataset=dataset,
        job="job-1", owner="ada", parity=Parity(max_abs_diff=0, images=1), test_metrics={},
        preprocessing=Preprocessing(channels=3, height=side, width=side, mean=(0, 0, 0), std=(1, 1, 1)),
        standardization=Standardization(features=tuple(features), mean=(10,) * width, std=(2,) * width),
    )  # fmt: skip
    return ModelLibrary(paths).publish(draft, network)


def _write_network(target: Path, side: int) -> None:
    darkness = np.array([[1, 1, 1], [-1, -1, -1]], np.float32).reshape(2, 3, 1, 1)
    weights = {"darkness": darkness, "middle": np.array([-1.5, 1.5], np.float32)}
    nodes = [
        helper.make_node("Conv", [IMAGES, "darkness", "middle"], ["nuclei"]),
        helper.make_node("GlobalAveragePool", ["nuclei"], ["pooled"]),
        helper.make_node("Flatten", ["pooled"], ["diagnosis"]),
        helper.make_node("Identity", ["diagnosis"], ["kinds"]),
        helper.make_node("Softmax", ["diagnosis"], ["shares"], axis=1),
        helper.make_node("Identity", [IMAGES], ["images_out"]),
    ]
    shapes = {"diagnosis": [2], "nuclei": [2, side, side], "kinds": [2], "shares": [2], "images_out": [3, side, side]}
    graph = helper.make_graph(
        nodes,
        "every_task",
        [helper.make_tensor_value_info(IMAGES, TensorProto.FLOAT, ["batch", 3, side, side])],
        [helper.make_tensor_value_info(name, TensorProto.FLOAT, ["batch", *shape]) for name, shape in shapes.items()],
        [numpy_helper.from_array(value, name) for name, value in weights.items()],
    )
    onnx.save(helper.make_model(graph, opset_imports=[helper.make_opsetid("", 20)], ir_version=10), target)
