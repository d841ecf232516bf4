"""The job of networks that are no mere classifiers: trained, measured, exported, and asked."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import onnx
import pytest
from support.graphs import graph

from patholearn_lab.codegen import emit_cell
from patholearn_lab.datasets.library import DatasetLibrary
from patholearn_lab.datasets.preprocessing import IMAGENET_MEAN
from patholearn_lab.datasets.standardization import Standardization
from patholearn_lab.datasets.truths import truths_of
from patholearn_lab.errors import CodeError, DatasetError, InvalidInputError
from patholearn_lab.graph.document import Document
from patholearn_lab.graph.learning.tasks import OBJECTIVES
from patholearn_lab.graph.operations import SetNote, apply
from patholearn_lab.graph.templates import template
from patholearn_lab.jobs.context import JobContext
from patholearn_lab.jobs.folder import RunFolder, utc_now
from patholearn_lab.paths import DataPaths
from patholearn_lab.services.job_kinds import train
from patholearn_lab.serving.library import ModelLibrary
from patholearn_lab.serving.predict import Predictor, Question
from patholearn_lab.training.record import read_record

pytestmark = [
    pytest.mark.filterwarnings("ignore:The '.*_dataloader' does not have many workers"),
    pytest.mark.filterwarnings("ignore:`isinstance.treespec, LeafSpec.:FutureWarning"),
]


@pytest.fixture
def context(data_paths: DataPaths) -> Iterator[JobContext]:
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
    context = JobContext(RunFolder.create(data_paths.run("job-1"), data_paths.scratch, spec), lambda line: None)
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


def test_a_segmentation_is_trained_measured_by_class_and_served(context: JobContext, data_paths: DataPaths) -> None:
    library = DatasetLibrary(data_paths)
    library.create_builtin("he_tissue", parameters={"samples": 60, "tile_px": 32})
    code = emit_cell(pixels("he_tissue"), library.shape).code
    rules = {"augmentation": "AugMirror\nAugRotate", "sampling": "balanced", "normalization": "imagenet"}
    result = train({"code": code, "model_name": "pixels", "data": rules}, context)
    used = read_record(context.folder).settings.data
    assert [step.kind for step in used.augmentation.steps] == ["mirror", "rotate"]
    assert used.sampling.by == "balanced"
    served = ModelLibrary(data_paths).find("pixels").preprocessing
    assert served.mean == IMAGENET_MEAN
    assert result["model"] == {"name": "pixels", "version": 1}
    assert result["onnx_images"] == 6
    assert result["onnx_max_abs_diff"] < 5e-6
    assert result["baseline_accuracy"] is None
    assert result["confusion"]["classes"] == ["background", "nucleus"]
    assert result["confusion"]["counts"] == "pixels"
    assert sum(map(sum, result["confusion"]["matrix"])) == 6 * 32 * 32
    (measured,) = result["per_class"]
    assert measured["output"] == ""
    assert set(measured["dice"]) == set(measured["iou"]) == {"background", "nucleus"}
    assert {"test_loss", "test_dice", "test_accuracy"} == set(result["test_metrics"])
    assert (context.folder / "checkpoints" / "best.ckpt").is_file()

    # What the model says on the test images is what the training measured there.
    store = library.open("he_tissue")
    indices = store.indices("test")
    asked = [Question(store.images([index])[0], truths=truths_of(store, index)) for index in indices.tolist()]
    answers = [answer for (answer,) in Predictor(ModelLibrary(data_paths)).predict("pixels", asked)]
    assert np.mean([answer.accuracy for answer in answers]) == pytest.approx(result["test_metrics"]["test_accuracy"])
    of_nuclei = sum(answer.areas[1].true_pixels for answer in answers)
    assert of_nuclei == sum(result["confusion"]["matrix"][1])
    assert sum(answer.areas[1].pixels for answer in answers) == sum(row[1] for row in result["confusion"]["matrix"])
    assert all(answer.pixels.shape == (32, 32) for answer in answers)


def test_what_cannot_be_exported_is_trained_and_tested_for_all_that(context: JobContext, data_paths: DataPaths) -> None:
    library = DatasetLibrary(data_paths)
    library.create_builtin("he_tissue", parameters={"samples": 60, "tile_px": 32})
    code = emit_cell(pixels("he_tissue"), library.shape).code
    result = train(
        {"code": code.replace("return x\n", "return x + 0 * torch.linalg.svdvals(x.detach()).sum()\n")}, context
    )
    assert set(result["test_metrics"]) == {"test_loss", "test_dice", "test_accuracy"}
    assert result["model"] is None
    assert "ONNX has no operation for torch's 'linalg_svd" in result["export_error"]["message"]
    assert ModelLibrary(data_paths).list() == []


OUTPUTS = {
    "diagnosis": ("linear_1", "classification_output"),
    "nuclei": ("conv_1", "segmentation_output"),
    "kinds": ("linear_2", "multilabel_output"),
    "shares": ("linear_3", "regression_output"),
    "images": ("conv_2", "reconstruction_output"),
}


def everything(dataset: str) -> Document:
    """Return one network with an output of every task; one of them is called as the network's input."""
    nodes = {
        "data": ("dataset", {"dataset": dataset}),
        "conv_1": ("conv2d", {"out_channels": 2, "kernel_size": 1}),
        "conv_2": ("conv2d", {"out_channels": 3, "kernel_size": 1}),
        "pool_1": ("adaptive_avg_pool2d", {"output_size": 2}),
        "flatten_1": ("flatten", {}),
        **{f"linear_{place}": ("linear", {"out_features": 2}) for place in (1, 2, 3)},
        **{f"output_{place}": (kind, {"epochs": 1}) for place, (_, kind) in enumerate(OUTPUTS.values(), 1)},
    }
    edges = ["data>conv_1", "data>conv_2", "data>pool_1", "pool_1>flatten_1"]
    edges += [f"flatten_1>linear_{place}" for place in (1, 2, 3)]
    edges += [f"{source}>output_{place}" for place, (source, _) in enumerate(OUTPUTS.values(), 1)]
    drawn = graph(nodes, *edges)
    named = [SetNote(id=f"output_{place}", note=name) for place, name in enumerate(OUTPUTS, 1)]
    return apply(drawn, named)


def test_a_network_with_an_output_of_every_task_is_served_with_named_outputs(
    context: JobContext, data_paths: DataPaths
) -> None:
    library = DatasetLibrary(data_paths)
    library.create_builtin("he_tissue", parameters={"samples": 60, "tile_px": 32})
    result = train({"code": emit_cell(everything("he_tissue"), library.shape).code, "model_name": "all"}, context)
    models = ModelLibrary(data_paths)
    manifest = models.find("all")
    assert {output.task for output in manifest.outputs} == set(OBJECTIVES)
    assert [output.name for output in manifest.outputs] == list(OUTPUTS)
    assert [output.unit for output in manifest.outputs if output.unit] == ["share of the pixels"]
    assert manifest.parity.outputs.keys() == OUTPUTS.keys()
    assert max(manifest.parity.outputs.values()) == result["onnx_max_abs_diff"] < 5e-6
    network = onnx.load(models.folder("all") / "model.onnx")
    names = [value.name for value in network.graph.output]
    assert names == ["diagnosis", "nuclei", "kinds", "shares", "images_out"]

    store = library.open("he_tissue")
    truths = truths_of(store, 0)
    [answers] = Predictor(models).predict("all", [Question(store.images([0])[0], truths=truths)])
    assert [answer.task for answer in answers] == [output.task for output in manifest.outputs]
    diagnosis, nuclei, kinds, shares, images = answers
    assert diagnosis.truth == store.class_of(0)
    assert nuclei.areas[1].true_pixels == int((store.masks([0])[0] == 1).sum())
    assert [label.truth for label in kinds.labels] == truths["tags"].value.astype(bool).tolist()
    assert [value.truth for value in shares.values] == pytest.approx(truths["values"].value.tolist())
    assert images.pixels.shape == (32, 32, 3)


def test_a_data_set_without_masks_refuses_a_segmentation(context: JobContext, data_paths: DataPaths) -> None:
    library = DatasetLibrary(data_paths)
    library.create_builtin("he_tissue", parameters={"samples": 60, "tile_px": 32})
    code = emit_cell(pixels("he_tissue"), library.shape).code.replace('"he_tissue"', '"digits"')
    with pytest.raises(DatasetError, match="'masks', which the data set 'Digits' does not have"):
        train({"code": code}, context)


@pytest.mark.parametrize(("name", "inputs"), [("image_and_table", ("images", "features")), ("mlp", ("features",))])
def test_a_network_of_a_table_is_trained_exported_and_asked(
    context: JobContext, data_paths: DataPaths, name: str, inputs: tuple[str, ...]
) -> None:
    library = DatasetLibrary(data_paths)
    library.create_builtin("he_patients", parameters={"samples": 60, "tile_px": 32})
    drawn = template(name, "he_patients", library.shape)
    result = train({"code": emit_cell(drawn, library.shape).code, "epochs": 1, "model_name": "net"}, context)
    assert {"test_loss", "test_accuracy"} == set(result["test_metrics"])
    assert sum(map(sum, result["confusion"]["matrix"])) == 6
    assert result["onnx_max_abs_diff"] < 1e-6
    assert result["onnx_images"] == 6
    models, store = ModelLibrary(data_paths), library.open("he_patients")
    manifest = models.find("net")
    assert manifest.inputs == inputs
    assert manifest.standardization == Standardization.of(store.manifest)
    assert [value.name for value in onnx.load(models.folder("net") / "model.onnx").graph.input] == list(inputs)

    indices = store.indices("test").tolist()
    asked = [Question(store.images([index])[0], store.features([index])[0].tolist()) for index in indices]
    predicted = [answer.predicted_index for (answer,) in Predictor(models).predict("net", asked)]
    right = np.mean(np.equal(predicted, store.labels(indices)))
    assert right == pytest.approx(result["test_metrics"]["test_accuracy"])
    with pytest.raises(InvalidInputError, match="takes 5 features"):
        Predictor(models).predict("net", [Question(asked[0].image)])


def test_a_set_without_a_table_refuses_a_network_of_one(context: JobContext, data_paths: DataPaths) -> None:
    library = DatasetLibrary(data_paths)
    library.create_builtin("he_tissue", parameters={"samples": 60, "tile_px": 32})
    drawn = template("mlp", "he_patients", library.shape)
    code = emit_cell(drawn, library.shape).code.replace('"he_patients"', '"he_tissue"')
    with pytest.raises(DatasetError, match="takes 'features' as an input, which the data set 'H&E tissue"):
        train({"code": code}, context)


def test_a_cell_that_does_not_say_its_inputs_hears_how(context: JobContext, data_paths: DataPaths) -> None:
    library = DatasetLibrary(data_paths)
    library.create_builtin("he_patients", parameters={"samples": 60, "tile_px": 32})
    code = emit_cell(template("image_and_table", "he_patients", library.shape), library.shape).code
    with pytest.raises(CodeError, match="'features' is missing") as caught:
        train({"code": code.replace("INPUTS = ", "MINE = ")}, context)
    assert 'INPUTS = ["images", "features"]' in str(caught.value.hint)
