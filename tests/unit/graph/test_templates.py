from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
import torch
from support.graphs import SETS, golden_document, lookup

from patholearn_lab.codegen import emit_cell
from patholearn_lab.graph.catalog import catalog
from patholearn_lab.graph.check import check
from patholearn_lab.graph.inputs import DatasetShape
from patholearn_lab.graph.templates import template, templates

NAMES = [card.name for card in templates()]
GOLDEN_NAMES = ["empty", "small_cnn", "lenet5", "mnist_thesis"]
OTHER_TASKS = {"unet": "segmentation", "autoencoder": "reconstruction"}
FITTED = [name for name in NAMES if name not in ("empty", "image_and_table", *OTHER_TASKS)]
PHOTOS = DatasetShape("photos", "Photos", "classification", 3, 224, 224, tuple(map(str, range(1_000))), 1_200_000)
SLITS = DatasetShape("slits", "Slits", "classification", 3, 24, 100, ("a", "b", "c"), 3_000)
POINTS = DatasetShape("points", "Points", "classification", 1, 5, 7, ("a", "b"), 400)
KNOWN = {**SETS, **{shape.id: shape for shape in (PHOTOS, SLITS, POINTS)}}


@pytest.mark.parametrize("dataset", ["he_tissue", "mnist", "tiny", "slits", "points"])
@pytest.mark.parametrize("name", FITTED)
def test_a_template_fits_each_data_set_when_it_knows_it(name: str, dataset: str) -> None:
    result = check(template(name, dataset, KNOWN.get), KNOWN.get)
    assert result.runnable, result.issues
    assert not [issue for issue in result.issues if issue.severity == "warning"]
    assert result.nodes["output"].outputs["scores"] == (len(KNOWN[dataset].classes),)


@pytest.mark.parametrize("name", FITTED)
def test_a_template_that_fits_gets_no_advice(name: str) -> None:
    advice = check(template(name, "he_tissue", lookup), lookup).issues
    assert [issue.message for issue in advice] == []


@pytest.mark.parametrize("dataset", ["he_tissue", "tiny", "points"])
@pytest.mark.parametrize("name", FITTED)
def test_the_cell_of_a_template_runs_on_images_of_the_set(name: str, dataset: str) -> None:
    document = template(name, dataset, KNOWN.get)
    space: dict[str, Any] = {}
    exec(compile(emit_cell(document, KNOWN.get).code, "<cell>", "exec"), space)
    shape = KNOWN[dataset]
    images, labels = torch.rand(2, *shape.image), torch.zeros(2, dtype=torch.long)
    scores = space["model"](images)
    assert scores.shape == (2, len(shape.classes))
    torch.nn.functional.cross_entropy(scores, labels).backward()


@pytest.mark.parametrize(("name", "parameters"), [("alexnet", 61_100_840), ("resnet18", 11_689_512)])
def test_on_large_photos_a_network_has_the_parameters_of_torchvisions(name: str, parameters: int) -> None:
    assert check(template(name, "photos", KNOWN.get), KNOWN.get).totals.parameters == parameters


@pytest.mark.parametrize("size", [(64, 64), (32, 48), (20, 20), (7, 9)])
@pytest.mark.parametrize("name", [name for name in NAMES if name in OTHER_TASKS])
def test_a_network_that_gives_images_fits_any_size(name: str, size: tuple[int, int]) -> None:
    shape = replace(SETS["masks"], height=size[0], width=size[1], train_samples=5_000)
    document = template(name, "masks", lambda _: shape)
    result = check(document, lambda _: shape)
    assert result.runnable, result.issues
    space: dict[str, Any] = {}
    exec(compile(emit_cell(document, lambda _: shape).code, "<cell>", "exec"), space)
    given = space["model"](torch.rand(2, *shape.image))
    assert given.shape == (2, 2 if name == "unet" else 3, *size)


def test_a_template_without_its_kinds_is_not_offered() -> None:
    offered = {card.name for card in templates()}
    assert ("unet" in offered) == ("segmentation_output" in catalog)
    assert ("vit" in offered) == ("transformer_encoder_layer" in catalog)


def test_a_set_of_few_images_gets_fewer_filters() -> None:
    few, many = (check(template("resnet18", name, KNOWN.get), KNOWN.get).totals for name in ("tiny", "mnist"))
    assert few.parameters * 30 < many.parameters
    assert few.layers == many.layers


def test_the_thesis_network_is_listing_21() -> None:
    document = template("mnist_thesis", "mnist")
    assert [document.nodes[node].kind for node in document.nodes] == [
        "dataset",
        "conv2d",
        "relu",
        "max_pool2d",
        "relu",
        "conv2d",
        "max_pool2d",
        "flatten",
        "linear",
        "classification_output",
    ]
    facts = check(document, lookup).nodes
    assert facts["flatten_1"].outputs["output"] == (256,)
    assert document.nodes["output"].params["batch_size"] == 128


@pytest.mark.parametrize("name", GOLDEN_NAMES)
def test_a_template_gives_the_golden_document(name: str) -> None:
    golden = golden_document(name)
    dataset = str(golden.nodes["data"].params["dataset"])
    made = template(name, dataset)
    assert made.model_copy(update={"meta": golden.meta}) == golden
    assert made.meta.id != template(name, dataset).meta.id


def test_the_empty_template_has_two_ends_and_nothing_between() -> None:
    document = template("empty")
    assert {node.kind for node in document.nodes.values()} == {"dataset", "classification_output"}
    assert not document.edges
