"""train() sends the cell as it stands."""

from __future__ import annotations

import linecache
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from patholearn_lab.client.run import Run
from patholearn_lab.client.training import cell_label, estimate, source_of, train
from patholearn_lab.errors import CodeError
from patholearn_lab.graph.architecture import Architecture
from patholearn_lab.training.estimate import Measured, estimate_of

CELL = """# A cell.
import lightning as L

DATASET = "he_tissue"

class Net(L.LightningModule):
    def forward(self, x):
        return x

model = None
"""
PLAIN = CELL.replace("import lightning as L\n", "").replace("(L.LightningModule)", "")


class FakeJobs:
    """Keeps what was submitted."""

    def __init__(self) -> None:
        self.submitted: list[tuple[str, dict[str, Any], str, dict[str, str]]] = []

    def submit(self, kind: str, payload: dict[str, Any], name: str, labels: dict[str, str], resources: Any) -> Any:
        self.resources = resources
        self.submitted.append((kind, payload, name, labels))
        return SimpleNamespace(id="j1", final=False, state="queued", name=name, kind=kind)


@pytest.fixture
def client() -> Any:
    return SimpleNamespace(jobs=FakeJobs())


def run_as_cell(code: str) -> dict[str, Any]:
    """Run code as ipykernel runs a cell: its source is in linecache under the name of its file."""
    name = "/tmp/ipykernel_1/123.py"
    linecache.cache[name] = (len(code), None, code.splitlines(keepends=True), name)
    space: dict[str, Any] = {}
    exec(compile(code, name, "exec"), space)
    return space


def test_the_whole_cell_of_a_class_is_found() -> None:
    net = run_as_cell(PLAIN)["Net"]
    assert source_of(net) == PLAIN
    assert source_of(net()) == PLAIN


def test_the_whole_file_of_a_class_is_found(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "my_net.py").write_text(PLAIN)
    monkeypatch.syspath_prepend(tmp_path)
    import my_net  # type: ignore[import-not-found]

    assert source_of(my_net.Net) == PLAIN


@pytest.mark.parametrize("model", [type("Empty", (), {}), 7], ids=["no methods", "no class of ours"])
def test_a_class_without_source_is_refused(model: Any) -> None:
    with pytest.raises(CodeError, match="source"):
        source_of(model)


def test_a_class_that_was_typed_into_exec_has_no_source() -> None:
    space: dict[str, Any] = {}
    exec(PLAIN, space)
    with pytest.raises(CodeError, match="'Net' cannot be found"):
        source_of(space["Net"])


def test_what_is_left_out_stays_open_for_the_cell_to_say(client: Any) -> None:
    run = train(CELL, client=client, seed=3)
    [(kind, payload, name, labels)] = client.jobs.submitted
    assert isinstance(run, Run)
    assert (kind, name) == ("training", "Net")
    assert labels == {"cell": cell_label(payload["code"]), "dataset": "he_tissue", "class_name": "Net"}
    assert payload["code"] == CELL
    assert payload["seed"] == 3
    assert payload["dataset"] is payload["epochs"] is payload["batch_size"] is None


def test_what_is_given_goes_along(client: Any) -> None:
    train(CELL, dataset="digits", epochs=2, batch_size=8, name="mine", graph="g1", client=client)
    [(_, payload, name, labels)] = client.jobs.submitted
    assert (payload["dataset"], payload["epochs"], payload["batch_size"], name) == ("digits", 2, 8, "mine")
    assert labels == {
        "cell": cell_label(payload["code"]),
        "dataset": "digits",
        "class_name": "Net",
        "graph": "g1",
    }


def test_an_estimate_is_measured_by_a_job_that_is_gone_afterwards() -> None:
    found = Measured("CPU", {"weights": 8}, 100, 2, 4, 0.5, 0.1, 1)
    result = estimate_of(found, batch_size=4, epochs=1, train_samples=8, valid_samples=4).model_dump(mode="json")
    job = SimpleNamespace(id="e1", final=True, state="done", name="Net", kind="estimate", result=result)
    gone: list[str] = []
    submitted: list[Any] = []

    def submit(kind: str, payload: dict[str, Any], name: str, labels: dict[str, str], resources: Any) -> Any:
        submitted.append((kind, payload["batch_size"]))
        return job

    jobs = SimpleNamespace(submit=submit, delete=gone.append)
    events = SimpleNamespace(subscribe=lambda _callback, _topics: lambda: None)
    answer = estimate(CELL, batch_size=4, client=SimpleNamespace(jobs=jobs, events=events))  # type: ignore[arg-type]
    assert (submitted, gone) == ([("estimate", 4)], ["e1"])
    assert answer.total_s == pytest.approx(1.1)


def test_a_drawing_is_trained_as_the_cell_that_it_becomes(client: Any) -> None:
    drawn = Architecture.from_template("empty")
    client.architectures = SimpleNamespace(emit=lambda document: SimpleNamespace(code=CELL))
    train(drawn, client=client)
    [(_, payload, _, labels)] = client.jobs.submitted
    assert payload["code"] == CELL
    assert payload["document"]["meta"]["id"] == labels["graph"] == drawn.document.meta.id


def test_a_cell_that_is_no_python_is_refused_with_its_line(client: Any) -> None:
    with pytest.raises(CodeError, match="line 2") as caught:
        train("x = 1\ny = = 2\n", client=client)
    assert caught.value.details["line"] == 2
    assert client.jobs.submitted == []


def test_what_it_needs_of_the_cluster_goes_beside_the_training(client: Any) -> None:
    train(CELL, resources={"workers": 2}, class_weights="balanced", client=client)
    assert client.jobs.resources == {"workers": 2}
    assert client.jobs.submitted[0][1]["class_weights"] == "balanced"
    assert "resources" not in client.jobs.submitted[0][1]
