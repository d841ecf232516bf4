from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

import patholearn_lab as lab
from patholearn_lab.client.local import LocalClient
from patholearn_lab.errors import InvalidInputError, NotFoundError
from patholearn_lab.graph.architecture import Architecture
from patholearn_lab.services import Services, Settings


@pytest.fixture
def client(tmp_path: Path) -> Iterator[LocalClient]:
    """Return a client whose services were not started: versions need no jobs."""
    services = Services(Settings(data_dir=tmp_path, owner="ada"))
    services.paths.ensure()
    with LocalClient(services) as made:
        yield made


@pytest.fixture
def net() -> Architecture:
    """Return a small network."""
    return lab.Architecture.from_template("lenet5", dataset="he_tissue")


def test_a_version_is_restored_in_one_undo_step(client: LocalClient, net: Architecture) -> None:
    history = lab.versions(net, client)
    before = net.document
    history.save("before dropout")
    net.add("dropout", after="relu_3", p=0.3)
    net.set("conv_1", out_channels=32)
    net.name = "LeNet with dropout"
    changed = net.document
    history.restore("before dropout")
    assert net.document.nodes == before.nodes
    assert net.name == "LeNet with dropout"
    net.undo()
    assert net.document == changed


def test_comparing_says_in_words_and_shows_what_became_of_a_version(client: LocalClient, net: Architecture) -> None:
    history = lab.versions(net, client)
    history.save("plain")
    net.set("conv_1", out_channels=32)
    told = history.compare("plain")
    assert str(told) == "~ conv_1: out_channels 6 → 32"
    assert "out_channels 6 → 32" in told._repr_mimebundle_()["image/svg+xml"]
    history.save("wide")
    assert not history.compare("plain", "wide").same
    assert history.compare("wide").same


def test_a_fork_has_an_id_a_name_and_a_history_of_its_own(client: LocalClient, net: Architecture) -> None:
    history = lab.versions(net, client)
    history.save("plain")
    forked = history.fork("plain", "My LeNet")
    assert (forked.name, forked.id != net.id) == ("My LeNet", True)
    assert "version “plain”" in forked.document.meta.origin
    assert len(lab.versions(forked, client)) == 0
    assert forked.document.nodes == net.document.nodes


def test_the_history_reads_as_a_table(client: LocalClient, net: Architecture) -> None:
    history = lab.versions(net, client)
    assert "save(name)" in repr(history)
    history.save("plain")
    lines = repr(history).splitlines()
    assert lines[0].split() == ["version", "by", "when", "(UTC)", "layers", "parameters", "runs"]
    assert lines[1].split()[:2] == ["plain", "ada"]
    assert [version.name for version in history] == ["plain"]


def test_what_has_no_history_or_no_such_version_is_refused(client: LocalClient, net: Architecture) -> None:
    with pytest.raises(InvalidInputError, match="A str has no history"):
        lab.versions("lenet5", client)  # type: ignore[arg-type]
    history = lab.versions(net, client)
    history.save("plain")
    with pytest.raises(NotFoundError, match="There are: 'plain'"):
        history.open("plane")
