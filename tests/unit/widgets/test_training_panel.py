from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import closing
from typing import Any

import pytest
from unit.widgets.run_fakes import CELL, FakeClient, make_job, point

from patholearn_lab.client.training import cell_label
from patholearn_lab.errors import CodeError, InvalidInputError, UnavailableError
from patholearn_lab.graph.document import read_document
from patholearn_lab.testing.waiting import eventually
from patholearn_lab.widgets.predictor import Predictor
from patholearn_lab.widgets.run_display import RUN_MIME
from patholearn_lab.widgets.run_view import RunView
from patholearn_lab.widgets.training_panel import TrainingPanel

DOCUMENT = {
    "schemaVersion": 1,
    "nodes": {},
    "edges": {},
    "groups": {},
    "meta": {"id": "graph-1", "name": "LeNet-5"},
}


@pytest.fixture
def client() -> FakeClient:
    return FakeClient()


@pytest.fixture
def panel_of(client: FakeClient) -> Iterator[Callable[..., TrainingPanel]]:
    made: list[TrainingPanel] = []

    def make(*args: Any, **kwargs: Any) -> TrainingPanel:
        made.append(TrainingPanel(*args, client=client, **kwargs))  # type: ignore[arg-type]
        return made[-1]

    yield make
    for panel in made:
        follower = panel._follower
        panel.close()
        assert follower is None or follower.wait(5)


def test_the_cell_as_it_stands_is_what_is_trained(client: FakeClient, panel_of: Callable[..., TrainingPanel]) -> None:
    panel = panel_of(DOCUMENT)
    edited = CELL.replace("EPOCHS = 8", "EPOCHS = 3")
    panel.start(edited, epochs=None, seed=7, augmentation="tissue")
    [(kind, payload, name, labels)] = client.jobs.submitted
    assert (kind, name) == ("training", "LeNet-5")
    assert payload["code"] == edited
    assert payload["seed"] == 7
    assert payload["data"] == {"augmentation": "tissue"}
    assert payload["epochs"] is None, "what the form leaves open is the cell's"
    assert payload["graph"] == "graph-1"
    assert read_document(payload["document"]).meta.id == "graph-1"
    assert labels["graph"] == "graph-1"
    assert labels["class_name"] == "LeNet5"


def test_without_a_cell_the_graph_s_own_is_trained(client: FakeClient, panel_of: Callable[..., TrainingPanel]) -> None:
    panel_of(DOCUMENT).start(None)
    assert client.jobs.submitted[0][1]["code"] == CELL


def test_given_code_is_trained_on_the_given_data_set(
    client: FakeClient, panel_of: Callable[..., TrainingPanel]
) -> None:
    panel = panel_of(code=CELL, dataset="he_tissue")
    panel.start(None)
    [(_, payload, name, labels)] = client.jobs.submitted
    assert (payload["dataset"], labels["dataset"], name) == ("he_tissue", "he_tissue", "LeNet5")
    assert "graph" not in labels


def test_the_form_is_filled_from_the_cell(panel_of: Callable[..., TrainingPanel]) -> None:
    facts = panel_of(code=CELL).read()
    assert facts["class_name"] == "LeNet5"
    assert facts["settings"] == {"DATASET": "digits", "EPOCHS": 8, "BATCH_SIZE": 32}
    assert facts["dataset"] == "digits"
    assert facts["augmentations"] == ["gentle", "tissue", "strong"]


def test_a_cell_that_is_no_python_is_not_queued(client: FakeClient, panel_of: Callable[..., TrainingPanel]) -> None:
    with pytest.raises(CodeError, match="line 1"):
        panel_of(DOCUMENT).start("def (:")
    assert client.jobs.submitted == []


def test_a_started_training_is_followed_at_once(client: FakeClient, panel_of: Callable[..., TrainingPanel]) -> None:
    panel = panel_of(DOCUMENT)
    assert panel.run is None
    job = panel.start(CELL)
    client.jobs.points[job.id] = [point(1, "train_loss", 0.5)]
    client.events.send()
    eventually(lambda: len(panel.curves.box.children) > 1)
    assert panel.header.job["id"] == job.id
    assert panel.run is not None
    assert panel.run.id == job.id


def test_a_training_that_the_view_started_from_the_shown_one_is_followed_instead(
    client: FakeClient, panel_of: Callable[..., TrainingPanel]
) -> None:
    panel = panel_of(DOCUMENT)
    first = panel.start(CELL)
    before = panel._follower
    second = client.jobs.submit("training", {"code": "x = 1"}, name="again")
    panel.header.shown = second.id
    assert before is not None
    assert before.wait(5)
    assert panel.run is not None
    assert panel.run.id == second.id != first.id


def test_a_new_kernel_finds_the_newest_run_of_the_graph_and_its_curves(
    client: FakeClient, panel_of: Callable[..., TrainingPanel]
) -> None:
    client.jobs.jobs["old"] = make_job("old", "done", labels={"graph": "graph-1"})
    client.jobs.jobs["new"] = make_job("new", "done", labels={"graph": "graph-1"})
    client.jobs.jobs["other"] = make_job("other", "done", labels={"graph": "graph-2"})
    client.jobs.points["new"] = [point(1, "train_loss", 0.5)]
    panel = panel_of(DOCUMENT)
    assert panel.header.job["id"] == "new"
    eventually(lambda: len(panel.curves.box.children) > 1)


def test_a_new_kernel_finds_the_newest_run_of_a_cell_that_nobody_drew(
    client: FakeClient, panel_of: Callable[..., TrainingPanel]
) -> None:
    client.jobs.jobs["mine"] = make_job("mine", "done", labels={"cell": cell_label(CELL)})
    client.jobs.jobs["other"] = make_job("other", "done", labels={"cell": "another"})
    assert panel_of(code=CELL).header.job["id"] == "mine"


def test_the_output_says_which_run_is_meant_for_the_time_after_the_kernel(
    client: FakeClient, panel_of: Callable[..., TrainingPanel]
) -> None:
    client.jobs.jobs["run-1"] = make_job("run-1", "done")
    with closing(RunView("run-1", client=client)) as view:  # type: ignore[arg-type]
        assert view._repr_mimebundle_()[RUN_MIME] == {"job": "run-1"}
    assert panel_of(DOCUMENT)._repr_mimebundle_()[RUN_MIME] == {"graph": "graph-1"}
    bundle = panel_of(code=CELL)._repr_mimebundle_()
    assert bundle[RUN_MIME] == {"cell": cell_label(CELL)}
    assert "application/vnd.jupyter.widget-view+json" in bundle


def test_a_server_that_is_away_is_shown_and_the_panel_is_there(
    client: FakeClient, panel_of: Callable[..., TrainingPanel]
) -> None:
    client.jobs.failure = UnavailableError("The server does not answer.", "Start it.")
    assert panel_of(DOCUMENT).header.problem["message"] == "The server does not answer."


def test_a_panel_for_nothing_says_what_to_give(panel_of: Callable[..., TrainingPanel]) -> None:
    with pytest.raises(InvalidInputError, match="neither an architecture nor code"):
        panel_of()
    with pytest.raises(InvalidInputError, match="int is no drawn network"):
        panel_of(7)


def test_a_run_view_shows_a_run_by_its_id_and_stops_following_when_it_is_closed(client: FakeClient) -> None:
    client.jobs.jobs["run-1"] = make_job()
    view = RunView("run-1", client=client)  # type: ignore[arg-type]
    eventually(lambda: client.events.callbacks)
    follower = view._follower
    view.close()
    assert follower is not None
    assert follower.wait(5)
    assert client.events.callbacks == []


def test_a_predictor_belongs_to_a_graph_or_to_a_named_model(client: FakeClient) -> None:
    drawn = Predictor(read_document(DOCUMENT), client=client)  # type: ignore[arg-type]
    assert (drawn.graph, drawn.model) == ("graph-1", None)
    named = Predictor("lenet-5", version=2, client=client)  # type: ignore[arg-type]
    assert (named.graph, named.model, named.version) == ("", "lenet-5", 2)
    drawn.close()
    named.close()
