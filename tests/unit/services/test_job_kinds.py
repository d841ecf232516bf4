"""The table of job kinds: each is one declaration, and others may add theirs."""

from __future__ import annotations

import subprocess
import sys
from importlib.metadata import EntryPoint, EntryPoints
from pathlib import Path

import pytest
from pydantic import BaseModel, ConfigDict, Field
from support.archives import sound

from patholearn_lab import registry
from patholearn_lab.cluster.resources import Resources
from patholearn_lab.datasets.library import DatasetLibrary
from patholearn_lab.errors import ConflictError, InvalidInputError, JobSpecError
from patholearn_lab.jobs.asking import ensure_payload
from patholearn_lab.jobs.context import JobContext
from patholearn_lab.jobs.folder import RunFolder
from patholearn_lab.jobs.kinds import JobKind
from patholearn_lab.paths import DataPaths
from patholearn_lab.registry import Registry
from patholearn_lab.services.file_import import import_file
from patholearn_lab.services.job_kinds import JOB_KINDS


class CountSpec(BaseModel):
    """The payload of a kind that another package brings."""

    model_config = ConfigDict(extra="forbid")

    to: int = Field(ge=1)


COUNTING = JobKind("another_package:count", f"{__name__}:CountSpec", needs=Resources(gpus=0))


@pytest.mark.parametrize("name", sorted(JOB_KINDS))
def test_every_kind_refuses_a_setting_that_nobody_knows(name: str) -> None:
    model = JOB_KINDS[name].spec_model()
    assert model is not None
    with pytest.raises(JobSpecError, match=f"The {name} (has no setting|lacks)"):
        ensure_payload({"colour": "red"}, JOB_KINDS[name], name)


@pytest.mark.parametrize(
    ("kind", "payload", "words"),
    [
        ("training", {"code": "x = 1", "epochs": -1}, "'epochs' of the training is -1"),
        ("evaluation", {"run": "r", "batch_size": -4}, "'batch_size' of the evaluation is -4"),
        ("evaluation", {}, "Name either a run or a model"),
        ("evaluation", {"run": "r", "model": {"name": "m"}}, "Name either a run or a model"),
        ("evaluation", {"run": "../etc"}, "'run' of the evaluation is '../etc'"),
        ("evaluation", {"run": "r", "split": "exam"}, "'split' of the evaluation is 'exam'"),
        ("export", {"run": "r", "checkpoint": "first"}, "'checkpoint' of the export is 'first'"),
        ("prediction", {"model": {"name": "m", "version": 0}}, "'model.version' of the prediction is 0"),
        ("prediction", {"model": {"name": "m"}, "dataset": "d", "folder": "/f"}, "Name either a data set or a folder"),
        ("import", {"file": "mine.zip", "dataset": "d"}, "the file has to be named from the root"),
        ("import", {"file": "/mine.zip", "dataset": "d", "choices": {"colour": 1}}, "has no setting 'choices.colour'"),
        ("prediction", {"model": {"name": "m"}, "folder": "pictures"}, "the folder has to be named from the root"),
    ],
)
def test_a_payload_that_cannot_be_is_refused_before_it_is_queued(
    kind: str, payload: dict[str, object], words: str
) -> None:
    with pytest.raises(JobSpecError, match=words):
        ensure_payload(payload, JOB_KINDS[kind], kind)


def test_a_file_of_the_servers_machine_becomes_a_data_set(data_paths: DataPaths, tmp_path: Path) -> None:
    file = tmp_path / "tissue.zip"
    file.write_bytes(sound())
    spec = {"owner": "ada", "created_at": "2026-01-01T00:00:00+00:00"}
    context = JobContext(RunFolder.create(data_paths.run("import-1"), data_paths.scratch, spec), lambda line: None)
    try:
        made = import_file({"file": str(file), "dataset": "tissue", "choices": {"licence": "CC0"}}, context)
        with pytest.raises(ConflictError, match="tissue"):
            import_file({"file": str(file), "dataset": "tissue"}, context)
        with pytest.raises(InvalidInputError, match=r"There is no file '/no/file\.zip'"):
            import_file({"file": "/no/file.zip", "dataset": "other"}, context)
    finally:
        context.close()
    assert made == {"dataset": "tissue", "version": 1, "samples": 24}
    manifest = DatasetLibrary(data_paths).find("tissue")
    assert (manifest.owner, manifest.licence) == ("ada", "CC0")
    assert file.exists()


def test_looking_at_payloads_imports_neither_torch_nor_onnxruntime() -> None:
    code = (
        "import sys; from patholearn_lab.services.job_kinds import JOB_KINDS\n"
        "[kind.spec_model() for kind in JOB_KINDS.values()]\n"
        "print(sorted({'torch', 'lightning', 'onnxruntime', 'optuna', 'zarr'} & set(sys.modules)))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout == "[]\n"


def test_a_package_of_others_adds_a_kind_by_an_entry_point(monkeypatch: pytest.MonkeyPatch) -> None:
    group = "patholearn_lab.job_kinds"
    point = EntryPoint(name="counting", value=f"{__name__}:COUNTING", group=group)
    monkeypatch.setattr(registry, "entry_points", lambda *, group: EntryPoints([point]).select(group=group))
    kinds: Registry[JobKind] = Registry("job kind", group)
    assert kinds["counting"].needs.gpus == 0
    assert ensure_payload({"to": 3}, kinds["counting"], "counting") == {"to": 3}
    with pytest.raises(JobSpecError, match="'to' of the counting is -1: input should be greater than or equal to 1"):
        ensure_payload({"to": -1}, kinds["counting"], "counting")
