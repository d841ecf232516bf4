"""The tables of whole networks against the libraries themselves."""

from __future__ import annotations

import pytest

from patholearn_lab.graph.zoo import find, networks
from patholearn_lab.tracing.measuring import takes
from patholearn_lab.tracing.network_tables import torchvision_names, torchvision_rows
from patholearn_lab.tracing.smp_table import made, smp_network
from patholearn_lab.tracing.timm_table import timm_rows


def test_the_table_has_every_classification_model_of_torchvision() -> None:
    assert set(networks("torchvision")) == set(torchvision_names())


@pytest.mark.parametrize("name", torchvision_names())
def test_a_model_of_torchvision_is_as_its_table_says(name: str) -> None:
    measured = dict(torchvision_rows(name, probed=False))
    for key, network in measured.items():
        version = key.removeprefix(name).removeprefix(".")
        known = find("torchvision", name, version)
        assert known is not None
        assert network == known._replace(least=network.least, step=network.step)


@pytest.mark.parametrize("name", ["alexnet", "resnet18", "vgg11", "squeezenet1_0"])
def test_the_sizes_that_a_model_takes_are_those_of_the_table(name: str) -> None:
    ((_, network),) = torchvision_rows(name)
    assert network == find("torchvision", name)


@pytest.mark.parametrize(
    "name",
    [
        "resnet18",
        "efficientnet_b0",
        "mobilenetv3_small_100",
        "convnext_tiny",
        "vit_tiny_patch16_224",
        "swin_tiny_patch4_window7_224",
        "regnety_002",
        "deit_tiny_distilled_patch16_224",
        "vgg11",
        "densenet121",
    ],
)
def test_a_model_of_timm_is_as_its_table_says(name: str) -> None:
    measured = dict(timm_rows(name, probed=False))
    assert name in measured
    for key, network in measured.items():
        known = find("timm", name, key.removeprefix(name).removeprefix("."))
        assert known is not None
        assert network == known._replace(least=network.least, step=network.step)


def test_the_sizes_that_a_model_of_timm_takes_are_those_of_the_table() -> None:
    ((_, network),) = timm_rows("resnet10t")
    assert network == find("timm", "resnet10t")


def test_nearly_every_model_of_timm_is_in_the_table() -> None:
    import timm

    known, there = set(networks("timm")), set(timm.list_models())
    # A few give a sequence or an image, not a vector.
    assert known <= there
    assert len(known) >= 0.9 * len(there)


@pytest.mark.parametrize(
    "name",
    [
        "Unet/resnet34",
        "Unet/mit_b0",
        "FPN/mobilenet_v2",
        "Linknet/vgg11",
        "DeepLabV3Plus/resnet18",
        "PSPNet/resnet34",
        "DPT/tu-vit_tiny_patch16_224",
    ],
)
def test_a_segmentation_model_is_as_its_table_says(name: str) -> None:
    assert smp_network(name) == find("smp", name)


@pytest.mark.parametrize("name", ["Unet/resnet34", "FPN/mobilenet_v2", "PAN/resnet18"])
def test_a_segmentation_model_takes_the_sizes_of_its_table(name: str) -> None:
    module = made(*name.split("/"))
    network = find("smp", name)
    assert module is not None
    assert network is not None
    assert takes(module, network.least)
    assert takes(module, network.least + network.step)
    assert network.step == 1 or not takes(module, network.least + 1)
