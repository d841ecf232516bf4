"""What every client promises about the history of drawings. A part of the contract of clients."""

from __future__ import annotations

from pathlib import Path

import pytest

from patholearn_lab.client.interface import Client
from patholearn_lab.errors import ConflictError, InvalidInputError, JobNotFoundError, NotFoundError
from patholearn_lab.graph.document import document_to_dict
from patholearn_lab.graph.operations import SetParams, apply
from patholearn_lab.jobs.folder import RunFolder
from patholearn_lab.paths import DataPaths


class VersionsContract:
    """Tests against the fixture `client`."""

    def test_a_drawing_has_versions_that_are_compared_renamed_forked_and_deleted(self, client: Client) -> None:
        document = client.architectures.template("lenet5", "digits")
        graph = document.meta.id
        saved = client.versions.save(document, "plain", "As in the paper.")
        with pytest.raises(ConflictError, match="called 'plain' already"):
            client.versions.save(document_to_dict(document), "plain")
        assert client.versions.list(graph) == [client.versions.get(graph, saved.id)] == [saved]
        then = client.versions.open(graph, saved.id)
        assert then == document
        wider = apply(document, [SetParams(id="conv_1", params={"out_channels": 32})])
        compared = client.architectures.compare(then, wider)
        assert (str(compared), compared.same) == ("~ conv_1: out_channels 6 → 32", False)
        assert compared.picture.startswith("<svg")
        assert client.versions.edit(graph, saved.id, name="LeNet of 1998").note == "As in the paper."
        forked = client.versions.fork(graph, saved.id, "Mine")
        assert (forked.meta.name, forked.nodes) == ("Mine", document.nodes)
        assert "LeNet of 1998" in forked.meta.origin
        client.versions.delete(graph, saved.id)
        with pytest.raises(NotFoundError, match="has no version"):
            client.versions.open(graph, saved.id)
        with pytest.raises(InvalidInputError):
            client.versions.list("no id")

    def test_a_run_has_the_drawing_that_it_was_started_with_and_is_forked(self, client: Client, folder: Path) -> None:
        paths = DataPaths(folder / "data")
        document = client.architectures.template("lenet5", "digits")
        for run, payload in (("drawn", {"document": document_to_dict(document)}), ("typed", {})):
            RunFolder.create(paths.run(run), paths.scratch, {"payload": payload, "created_at": ""})
        assert client.jobs.drawing("drawn") == document
        forked = client.jobs.fork("drawn", "Mine")
        assert (forked.meta.name, "run drawn" in forked.meta.origin) == ("Mine", True)
        with pytest.raises(ConflictError, match="code that nobody drew"):
            client.jobs.fork("typed", "Mine")
        with pytest.raises(JobNotFoundError):
            client.jobs.drawing("nobody")
        with pytest.raises(InvalidInputError, match="1 to 200 characters"):
            client.jobs.fork("drawn", " ")
