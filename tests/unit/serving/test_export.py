from __future__ import annotations

import textwrap
import warnings
from pathlib import Path

import numpy as np
import onnx
import pytest
import torch
from torch import nn

from patholearn_lab.datasets.preprocessing import Preprocessing
from patholearn_lab.errors import CodeError, ImageError, ModelNotFoundError
from patholearn_lab.paths import DataPaths
from patholearn_lab.serving.answers import ClassAnswer
from patholearn_lab.serving.export import export_onnx, measure_parity
from patholearn_lab.serving.library import ModelLibrary
from patholearn_lab.serving.models import ModelDraft, ModelOutput, Parity
from patholearn_lab.serving.predict import Predictor, Question
from patholearn_lab.serving.preprocess import network_input
from patholearn_lab.training.cell import load_cell

SHAPE = (3, 12, 12)
TAKES = {"images": SHAPE}
OUTPUTS = (ModelOutput.of("labels", ["a", "b", "c", "d"]),)
PREPROCESSING = Preprocessing(channels=3, height=12, width=12, mean=(0.4, 0.5, 0.6), std=(0.2, 0.3, 0.2))


def network() -> nn.Module:
    torch.manual_seed(5)
    return nn.Sequential(
        nn.Conv2d(3, 8, 3, padding=1), nn.BatchNorm2d(8), nn.ReLU(), nn.MaxPool2d(2), nn.Dropout(0.5),
        nn.Flatten(), nn.Linear(8 * 36, 4),
    )  # fmt: skip


@pytest.fixture(scope="module")
def exported(tmp_path_factory: pytest.TempPathFactory) -> tuple[nn.Module, Path]:
    model, target = network(), tmp_path_factory.mktemp("export") / "model.onnx"
    export_onnx(model, TAKES, target, OUTPUTS)
    return model, target


def test_the_file_has_opset_20_and_a_free_batch_axis_with_a_name(exported: tuple[nn.Module, Path]) -> None:
    proto = onnx.load(exported[1])
    assert [(entry.domain, entry.version) for entry in proto.opset_import] == [("", 20)]
    value = proto.graph.input[0]
    assert value.name == "images"
    axes = value.type.tensor_type.shape.dim
    assert axes[0].dim_param == "batch"
    assert [axis.dim_value for axis in axes[1:]] == [3, 12, 12]
    assert proto.graph.output[0].name == "scores"


class TwoInputs(nn.Module):
    """Takes an image and a row, and gives two answers by name."""

    def __init__(self) -> None:
        super().__init__()
        self.image, self.row = nn.Linear(8, 2), nn.Linear(3, 2)

    def forward(self, image: torch.Tensor, features: torch.Tensor) -> dict[str, torch.Tensor]:
        tags = self.row(features)
        return {"features": tags, "diagnosis": self.image(image.flatten(1)) + tags}


def test_two_inputs_and_two_outputs_keep_their_names_and_their_order(tmp_path: Path) -> None:
    torch.manual_seed(3)
    model, target = TwoInputs(), tmp_path / "model.onnx"
    outputs = (ModelOutput.of("labels", "ab", "diagnosis"), ModelOutput.of("tags", "ab", "features"))
    export_onnx(model, {"images": (2, 2, 2), "features": (3,)}, target, outputs)
    proto = onnx.load(target)
    assert [value.name for value in proto.graph.input] == ["images", "features"]
    assert [value.name for value in proto.graph.output] == ["diagnosis", "features_out"]
    assert {value.type.tensor_type.shape.dim[0].dim_param for value in proto.graph.input} == {"batch"}
    random = np.random.default_rng(0)
    samples = {
        "images": random.normal(size=(7, 2, 2, 2)).astype(np.float32),
        "features": random.normal(size=(7, 3)).astype(np.float32),
    }
    parity = measure_parity(model, target, samples, outputs)
    assert parity.images == 7
    assert parity.outputs.keys() == {"diagnosis", "features"}
    assert parity.max_abs_diff < 1e-6
    swapped = (outputs[0], outputs[1].model_copy(update={"task": "regression"}))
    with torch.no_grad():
        model.row.bias += 0.5
    found = measure_parity(model, target, samples, swapped).outputs
    assert found["features"] == pytest.approx(0.5, abs=1e-5), "values are compared as they are"


def test_the_file_does_not_tell_where_it_was_made(exported: tuple[nn.Module, Path]) -> None:
    content = exported[1].read_bytes()
    assert b".py" not in content
    assert str(Path(torch.__file__).parent).encode() not in content


def test_the_probabilities_are_those_of_torch(exported: tuple[nn.Module, Path]) -> None:
    images = np.random.default_rng(1).normal(size=(250, *SHAPE)).astype(np.float32)
    parity = measure_parity(*exported, {"images": images}, OUTPUTS)
    assert parity.images == 250
    assert parity.max_abs_diff <= 1e-6


def test_at_most_a_thousand_images_are_compared(exported: tuple[nn.Module, Path]) -> None:
    assert measure_parity(*exported, {"images": np.zeros((1100, *SHAPE), np.float32)}, OUTPUTS).images == 1000


def test_a_network_that_is_not_the_same_is_found_out(exported: tuple[nn.Module, Path]) -> None:
    other = network()
    with torch.no_grad():
        other[-1].bias += torch.tensor([0.5, 0, 0, 0])
    assert (
        measure_parity(other, exported[1], {"images": np.zeros((3, *SHAPE), np.float32)}, OUTPUTS).max_abs_diff > 0.01
    )


def test_the_exporter_is_silent(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        export_onnx(
            nn.Sequential(nn.Flatten(), nn.Linear(4, 2)), {"images": (1, 2, 2)}, tmp_path / "model.onnx", OUTPUTS
        )
    captured = capfd.readouterr()
    assert (captured.out, captured.err) == ("", "")


def cell(tmp_path: Path, forward: str) -> nn.Module:
    head = """\
    import lightning as L
    import torch
    from torch import nn

    class Net(L.LightningModule):
        def __init__(self):
            super().__init__()
            self.layer = nn.Linear(4, 2)

        def forward(self, x):
    """
    return load_cell(textwrap.dedent(head) + textwrap.indent(forward, " " * 8) + "\n", tmp_path).model


def test_an_operation_that_onnx_does_not_have_is_named(tmp_path: Path) -> None:
    model = cell(tmp_path, "return torch.linalg.svd(x[:, 0])[1][:, :2]")
    with pytest.raises(CodeError, match="no operation for torch's 'linalg_svd'") as caught:
        export_onnx(model, {"images": (1, 4, 4)}, tmp_path / "model.onnx", OUTPUTS)
    assert caught.value.details["operator"] == "linalg_svd"
    assert not (tmp_path / "model.onnx").exists()


def test_a_forward_that_decides_by_the_pixels_is_refused_with_its_line(
    tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    model = cell(tmp_path, "scores = self.layer(x[:, 0, 0])\nif scores.sum() > 0:\n    return scores\nreturn -scores")
    with pytest.raises(CodeError, match="decides by the values of an image") as caught:
        export_onnx(model, {"images": (1, 4, 4)}, tmp_path / "model.onnx", OUTPUTS)
    assert caught.value.details["line"] == 12
    assert "if scores.sum() > 0" in caught.value.message
    assert "torch.where" in caught.value.hint
    assert capfd.readouterr().out == ""


@pytest.fixture
def predictor(exported: tuple[nn.Module, Path], data_paths: DataPaths) -> Predictor:
    models = ModelLibrary(data_paths)
    draft = ModelDraft(
        name="net", outputs=OUTPUTS, dataset="digits", job="job-1", owner="ada",
        parity=Parity(max_abs_diff=0, images=1), test_metrics={}, preprocessing=PREPROCESSING,
    )  # fmt: skip
    models.publish(draft, exported[1])
    return Predictor(models)


def test_a_prediction_is_what_torch_says(predictor: Predictor, exported: tuple[nn.Module, Path]) -> None:
    images = np.random.default_rng(2).integers(0, 256, (100, 12, 12, 3), dtype=np.uint8)
    predictions = predictor.predict("net", [Question(image) for image in images])
    with torch.inference_mode():
        expected = torch.softmax(exported[0](torch.from_numpy(network_input(images, PREPROCESSING))), dim=1)
    assert len(predictions) == 100
    for (prediction,), row in zip(predictions, expected, strict=True):
        assert isinstance(prediction, ClassAnswer)
        assert prediction.probabilities == pytest.approx(row.tolist(), abs=1e-6)
        assert sum(prediction.probabilities) == pytest.approx(1)
        assert prediction.predicted_index == int(row.argmax())
        assert prediction.predicted == prediction.classes[prediction.predicted_index]


def test_images_of_any_size_and_channels_are_taken_together(predictor: Predictor) -> None:
    images = [np.full(shape, 100, dtype=np.uint8) for shape in [(5, 9, 1), (200, 30, 3), (12, 12, 3)]]
    predictions = [answer for (answer,) in predictor.predict("net", [Question(image) for image in images])]
    assert predictions[0].probabilities == pytest.approx(predictions[2].probabilities)
    assert len(predictions) == 3


def test_no_images_give_no_predictions(predictor: Predictor) -> None:
    assert predictor.predict("net", []) == []


def test_an_array_that_is_no_picture_is_refused(predictor: Predictor) -> None:
    with pytest.raises(ImageError):
        predictor.predict("net", [Question(np.zeros((12, 12, 4), dtype=np.uint8))])


def test_a_model_that_is_not_there_cannot_be_asked(predictor: Predictor) -> None:
    with pytest.raises(ModelNotFoundError):
        predictor.predict("other", [])
