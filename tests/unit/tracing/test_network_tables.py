"""The tables of whole networks against the libraries themselves."""

from __future__ import annotations

import pytest

from patholearn_lab.graph.zoo import find, names
from patholearn_lab.tracing.network_tables import torchvision_names, torchvision_rows


def test_the_table_has_every_classification_model_of_torchvision() -> None:
    assert set(names("torchvision")) == set(torchvision_names())


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
