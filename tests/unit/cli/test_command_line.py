"""The command line: few commands, plain answers, an exit status that tells."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from types import SimpleNamespace

import pytest
from support.archives import sound

from patholearn_lab.cli import doctor, reproducing
from patholearn_lab.cli.doctor import Finding
from patholearn_lab.cli.main import main
from patholearn_lab.cli.schema import GENERATED, export_schema
from patholearn_lab.client import disconnect
from patholearn_lab.errors import NotFoundError
from patholearn_lab.jobs.models import Job, MetricPage


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """No server, and a data folder of the test's own."""
    monkeypatch.setenv("JUPYTER_RUNTIME_DIR", str(tmp_path / "runtime"))
    monkeypatch.setenv("PATHOLEARN_DATA", str(tmp_path / "data"))
    yield tmp_path
    disconnect()


def test_an_archive_is_imported_and_listed(here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["datasets", "list"]) == 0
    assert "no data sets yet" in capsys.readouterr().out
    (here / "tissue.zip").write_bytes(sound())
    assert main(["datasets", "import", str(here / "tissue.zip"), "--id", "tissue"]) == 0
    assert "normal, tumor" in capsys.readouterr().out
    assert main(["datasets", "list"]) == 0
    assert "16×16" in capsys.readouterr().out


def test_jobs_are_listed(here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["jobs", "list"]) == 0
    assert "no jobs yet" in capsys.readouterr().out


def test_a_run_that_is_not_there_cannot_be_reproduced(here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["reproduce", "no-such-run"]) == 1
    assert "There is no job 'no-such-run'." in capsys.readouterr().err


@pytest.mark.parametrize(("figures", "status"), [((0.5, 0.5), 0), ((0.5, 0.25), 1)])
def test_the_exit_status_tells_whether_all_figures_came_out_again(
    figures: tuple[float, float], status: int, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    runs = {
        id: Job(
            id=id, kind="training", name="Net", owner="ada", state="done", created_at=datetime(2026, 1, 1, tzinfo=UTC),
            transitions=(), result={"test_metrics": {"test_accuracy": value}},
        )
        for id, value in zip(("first", "second"), figures, strict=True)
    }  # fmt: skip
    jobs = SimpleNamespace(
        get=runs.__getitem__,
        reproduce=lambda id, anyway: runs["second"],
        metrics=lambda id, after: MetricPage(points=(), next=0),
        record=lambda id: SimpleNamespace(environment={}),
    )
    events = SimpleNamespace(subscribe=lambda callback, topics: lambda: None)
    monkeypatch.setattr(reproducing, "connect", lambda: SimpleNamespace(jobs=jobs, events=events))
    assert main(["reproduce", "first"]) == status
    assert f"{1 - status} of 1 figures" in capsys.readouterr().out


def test_an_error_is_a_sentence_and_a_hint_and_no_traceback(here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (here / "bad.zip").write_bytes(b"no zip")
    assert main(["datasets", "import", str(here / "bad.zip"), "--id", "bad"]) == 1
    printed = capsys.readouterr().err
    assert "bad.zip" in printed
    assert "Traceback" not in printed


def test_a_missing_command_is_refused_with_the_usage(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as caught:
        main([])
    assert caught.value.code == 2
    assert "usage: patholearn" in capsys.readouterr().err


def test_a_command_that_is_terminated_still_cleans_up(monkeypatch: pytest.MonkeyPatch) -> None:
    steps: list[str] = []

    def work(_given: object) -> int:
        try:
            os.kill(os.getpid(), signal.SIGTERM)
            steps.append("went on")
        finally:
            os.kill(os.getpid(), signal.SIGTERM)  # a second one does not cut the cleaning up short
            steps.append("cleaned up")
        return 0

    monkeypatch.setattr("patholearn_lab.cli.main._run", work)
    before = signal.getsignal(signal.SIGTERM)
    with pytest.raises(SystemExit) as caught:
        main(["demo"])
    assert caught.value.code == 128 + signal.SIGTERM
    assert steps == ["cleaned up"]
    assert signal.getsignal(signal.SIGTERM) == before


def test_the_help_imports_nothing_heavy() -> None:
    code = """
import sys
from patholearn_lab.cli.main import parser
parser().format_help()
print([name for name in ("torch", "dask", "onnxruntime", "jupyter_server", "pydantic", "httpx") if name in sys.modules])
"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


def test_the_schema_is_written_compared_and_cleaned(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    folder = tmp_path / GENERATED
    folder.parent.mkdir(parents=True)
    assert export_schema(check=True, project=tmp_path) == 1
    assert "catalog.json is out of date" in capsys.readouterr().err
    assert not folder.exists()
    assert export_schema(check=False, project=tmp_path) == 0
    assert export_schema(check=True, project=tmp_path) == 0
    (folder / "catalog.json").write_text("{}")
    (folder / "forgotten.ts").write_text("")
    assert export_schema(check=True, project=tmp_path) == 1
    assert export_schema(check=False, project=tmp_path) == 0
    assert not (folder / "forgotten.ts").exists()


def test_the_schema_needs_a_checkout(tmp_path: Path) -> None:
    with pytest.raises(NotFoundError, match="labextension"):
        export_schema(check=True, project=tmp_path)


def test_the_doctor_says_what_is_bad_and_what_to_do(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(
        doctor, "CHECKS", (lambda: iter([Finding(True, "good"), Finding(False, "broken", "Mend it.")]),)
    )
    assert main(["doctor"]) == 1
    assert capsys.readouterr().out.splitlines() == ["ok   good", "BAD  broken", "     Mend it."]


def test_the_doctor_sees_the_data_folder_the_packages_and_the_servers(here: Path) -> None:
    (here / "blocked").touch()
    [good] = doctor.look_at_data_folder()
    assert good.good
    assert all(finding.good for finding in doctor.look_at_versions())
    assert [finding.what for finding in doctor.look_at_servers()] == ["no Jupyter server with PathoLearn Lab runs now"]


def test_the_doctor_names_a_data_folder_that_cannot_be_used(here: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (here / "blocked").touch()
    monkeypatch.setenv("PATHOLEARN_DATA", str(here / "blocked" / "data"))
    [bad] = doctor.look_at_data_folder()
    assert not bad.good
    assert "blocked" in bad.what
