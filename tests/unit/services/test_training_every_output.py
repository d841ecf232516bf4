"""The job of a network that is no classifier: trained, measured, and told in plain words that it is not served."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from support.graphs import graph

from patholearn_lab.codegen import emit_cell
from patholearn_lab.datasets.library import DatasetLibrary
from patholearn_lab.errors import DatasetError
from patholearn_lab.graph.document import Document
from patholearn_lab.jobs.context import JobContext
from patholearn_lab.jobs.folder import RunFolder, utc_now
from patholearn_lab.paths import DataPaths
from patholearn_lab.services.job_kinds import train
from patholearn_lab.serving.export import why_not_exported

pytestmark = [
    pytest.mark.filterwarnings("ignore:The '.*_dataloader' does not have many workers"),
    pytest.mark.filterwarnings("ignore:`isinstance.treespec, LeafSpec.:FutureWarning"),
]


@pytest.fixture
def lines() -> list[str]:
    return []


@pytest.fixture
def context(data_paths: DataPaths, lines: list[str]) -> Iterator[JobContext]:
    spec = {
        "kind": "training",
        "target": "patholearn_lab.services.job_kinds:train",
        "name": "Training",
        "owner": "ada",
        "visibility": "private",
        "labels": {},
        "payload": {},
        "stop_grace_s": 10.0,
        "created_at": utc_now(),
    }
    context = JobContext(RunFolder.create(data_paths.run("job-1"), data_paths.scratch, spec), lines.append)
    yield context
    context.close()


def pixels(dataset: str) -> Document:
    return graph(
        {
            "data": ("dataset", {"dataset": dataset}),
            "conv_1": ("conv2d", {"out_channels": 2, "kernel_size": 1}),
            "output": ("segmentation_output", {"epochs": 1, "learning_rate": 0.05}),
        },
        "data>conv_1",
        "conv_1>output",
    )


def test_a_segmentation_is_trained_and_measured_by_class_but_not_served(
    context: JobContext, data_paths: DataPaths, lines: list[str]
) -> None:
    library = DatasetLibrary(data_paths)
    library.create_builtin("he_tissue", parameters={"samples": 60, "tile_px": 32})
    result = train({"code": emit_cell(pixels("he_tissue"), library.shape).code}, context)
    assert result["model"] is None
    assert result["onnx_images"] is None
    assert result["baseline_accuracy"] is None
    assert result["confusion"]["classes"] == ["background", "nucleus"]
    assert result["confusion"]["counts"] == "pixels"
    assert sum(map(sum, result["confusion"]["matrix"])) == 6 * 32 * 32
    (measured,) = result["per_class"]
    assert measured["output"] == ""
    assert set(measured["dice"]) == set(measured["iou"]) == {"background", "nucleus"}
    assert {"test_loss", "test_dice", "test_accuracy"} == set(result["test_metrics"])
    assert any("there is no model to predict with" in line for line in lines)
    assert (context.folder / "checkpoints" / "best.ckpt").is_file()


def test_a_data_set_without_masks_refuses_a_segmentation(context: JobContext, data_paths: DataPaths) -> None:
    library = DatasetLibrary(data_paths)
    library.create_builtin("he_tissue", parameters={"samples": 60, "tile_px": 32})
    code = emit_cell(pixels("he_tissue"), library.shape).code.replace('"he_tissue"', '"digits"')
    with pytest.raises(DatasetError, match="'masks', which the data set 'Digits' does not have"):
        train({"code": code}, context)


def test_only_a_network_with_one_class_per_image_is_exported() -> None:
    assert why_not_exported(("labels",), 1) is None
    assert "It has 2 outputs" in str(why_not_exported(("labels",), 2))
    assert "answers compared with values" in str(why_not_exported(("values",), 1))
