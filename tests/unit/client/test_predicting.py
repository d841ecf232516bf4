"""``lab.predict``: what counts as a model and as a picture, and what a result shows."""

from __future__ import annotations

import io
import re
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
from PIL import Image
from support.models import publish_every_task, publish_of_table

from patholearn_lab.client.local import LocalClient
from patholearn_lab.client.predicting import predict
from patholearn_lab.client.run import Run
from patholearn_lab.errors import ImageError, InvalidInputError, ModelNotFoundError
from patholearn_lab.graph.learning.tasks import OBJECTIVES
from patholearn_lab.services import Services, Settings
from patholearn_lab.serving.answers import Answer


@pytest.fixture(scope="module")
def client(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LocalClient]:
    folder = tmp_path_factory.mktemp("predict")
    services = Services(Settings(folder / "data"))
    services.paths.ensure()
    with LocalClient(services) as client:
        client.datasets.create_builtin("he_tissue", "tissue", samples=60, tile_px=32)
        publish_every_task(services.paths, folder, "tissue", 32)
        yield client


DARK = np.full((20, 40, 3), 10, np.uint8)


def answers_by_task(*answers: Answer) -> dict[str, Any]:
    return {answer.task: answer for answer in answers}


def test_a_picture_is_a_file_its_bytes_an_image_or_an_array(client: LocalClient, tmp_path: Path) -> None:
    file = tmp_path / "dark.png"
    Image.fromarray(DARK).save(file)
    pictures = (str(file), file, file.read_bytes(), Image.fromarray(DARK), DARK)
    results = [predict("every-task", picture, client=client) for picture in pictures]
    assert {result.answers for result in results} == {results[0].answers}
    assert results[0].sample is None
    assert results[0].predicted == "tumor"
    answers = answers_by_task(*results[0].answers)
    assert answers.keys() == OBJECTIVES.keys()
    assert answers["segmentation"].pixels.tolist() == np.ones((32, 32)).tolist()
    assert answers["multilabel"].present == ("nucleus",)
    assert answers["reconstruction"].mean_absolute_error == pytest.approx(0, abs=1e-6)
    grey = predict("every-task", DARK[:, :, 0], client=client)
    assert grey.answers == results[0].answers


def test_a_sample_comes_with_its_truth(client: LocalClient) -> None:
    result = predict("every-task", index=3, client=client)
    assert result.sample is not None
    assert (result.sample.dataset, result.sample.index) == ("tissue", 3)
    answers = answers_by_task(*result.answers)
    mask = np.asarray(Image.open(io.BytesIO(client.datasets.mask("tissue", 3))))
    assert answers["classification"].truth == result.sample.class_name
    assert answers["segmentation"].true_pixels.tolist() == mask.tolist()
    assert answers["multilabel"].labels[1].truth == bool((mask == 1).any())
    assert answers["regression"].values[1].truth == pytest.approx((mask == 1).mean())
    assert answers["regression"].unit == "share of the pixels"


def test_a_random_image_is_one_of_the_split(client: LocalClient) -> None:
    page = client.datasets.samples("tissue", "valid", limit=100)
    result = predict("every-task", split="valid", client=client)
    assert result.sample is not None
    assert result.sample.index in {sample.index for sample in page.samples}


def test_a_model_is_named_by_its_run_or_its_drawing_as_well(client: LocalClient) -> None:
    drawing = SimpleNamespace(document=SimpleNamespace(meta=SimpleNamespace(id="drawn", name="Mine")))
    job: Any = SimpleNamespace(id="j", final=True, state="done", result={"model": {"name": "every-task", "version": 1}})
    for model in (drawing, drawing.document, Run(client, job)):
        assert predict(model, DARK, client=client).model.name == "every-task"


def test_what_is_no_model_or_has_none_says_so(client: LocalClient) -> None:
    unknown = SimpleNamespace(document=SimpleNamespace(meta=SimpleNamespace(id="other", name="Mine")))
    job: Any = SimpleNamespace(id="j", final=True, state="failed", result=None)
    with pytest.raises(ModelNotFoundError, match="from the drawing 'Mine' yet"):
        predict(unknown, DARK, client=client)
    with pytest.raises(ModelNotFoundError, match="run j has no model yet; it is failed"):
        predict(Run(client, job), DARK, client=client)
    failed = {"model": None, "export_error": {"message": "ONNX has no such operation.", "hint": "Take another."}}
    job = SimpleNamespace(id="j", final=True, state="done", result=failed)
    with pytest.raises(ModelNotFoundError, match=r"run j has no model\. ONNX has no such operation"):
        predict(Run(client, job), DARK, client=client)
    with pytest.raises(InvalidInputError, match="not by 'int'"):
        predict(7, DARK, client=client)
    with pytest.raises(ModelNotFoundError, match="no version 9"):
        predict("every-task", DARK, version=9, client=client)


@pytest.mark.parametrize("picture", [DARK / 255, np.zeros((3, 3, 4), np.uint8), np.zeros((0, 3), np.uint8), "no.png"])
def test_what_is_no_picture_is_refused(client: LocalClient, picture: Any) -> None:
    with pytest.raises(ImageError):
        predict("every-task", picture, client=client)


def test_a_picture_and_a_sample_at_once_are_refused(client: LocalClient) -> None:
    with pytest.raises(InvalidInputError, match="Both a picture and an image"):
        predict("every-task", DARK, index=3, client=client)


def test_a_table_gives_the_features_of_a_sample_and_others_take_their_place(
    client: LocalClient, tmp_path: Path
) -> None:
    client.datasets.create_builtin("he_patients", "patients", samples=60)
    manifest = client.datasets.get("patients")
    paths, side = client.services.paths, manifest.height
    publish_of_table(paths, tmp_path, "patients", side, manifest.features, ["images", "features"])
    known = predict("of-table", index=3, client=client)
    store = client.services.datasets.open("patients")
    assert list(known.features.values()) == pytest.approx(store.features([3])[0].tolist())
    older = predict("of-table", index=3, features={"age_years": 99.0}, client=client)
    assert older.features == {**known.features, "age_years": 99.0}
    assert "age_years 99" in older._repr_html_()
    assert all(len(str(value)) < 8 for value in known.features.values()), "as they stand in the table"

    publish_of_table(paths, tmp_path, "patients", side, manifest.features, ["features"])
    typed = predict("of-table", features=older.features, client=client)
    assert (typed.sample, typed.image) == (None, None)
    assert typed.answers[0].model_dump(exclude={"truth"}) == older.answers[0].model_dump(exclude={"truth"})
    assert "<img" not in typed._repr_html_()
    assert predict("of-table", index=3, client=client).image is None, "the model does not see it"
    with pytest.raises(InvalidInputError, match="'weight_kg' is nan"):
        predict("of-table", features={**older.features, "weight_kg": float("nan")}, client=client)


def test_a_result_shows_every_answer_with_its_pictures(client: LocalClient) -> None:
    shown = predict("every-task", index=3, client=client)._repr_html_()
    assert shown.count("<img") == 1 + 3 + 3
    for word in ("Dice", "IoU", "Yes from", "share of the pixels", "mean squared error", "image 3 of tissue"):
        assert word in shown
    own = predict("every-task", DARK, client=client)._repr_html_()
    assert own.count("<img") == shown.count("<img") - 1, "the true mask is not known"
    for text in (shown, own):
        assert len(re.findall("<(?!img|!)[a-z]", text)) == len(re.findall("</[a-z]", text))


def test_a_model_without_classes_says_what_it_answers(client: LocalClient) -> None:
    result = predict("every-task", DARK, client=client)
    masks = result.model_copy(update={"answers": result.answers[1:2]})
    with pytest.raises(InvalidInputError, match="does not say which class") as caught:
        masks.predicted  # noqa: B018
    assert "segmentation" in caught.value.hint
