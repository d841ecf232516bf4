"""What the view of a run may ask of its kernel besides the client's calls."""

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace

import pytest

from patholearn_lab.errors import TooLargeError
from patholearn_lab.widgets import run_display
from patholearn_lab.widgets.run_display import RunHeader


def test_an_experiment_travels_as_bytes_and_names_no_file_of_the_kernel(monkeypatch: pytest.MonkeyPatch) -> None:
    written: list[Path] = []

    def experiment(id: str, path: Path) -> None:
        written.append(path)
        path.write_bytes(f"zip of {id}".encode())

    client = SimpleNamespace(jobs=SimpleNamespace(experiment=experiment))
    header = RunHeader(lambda: client)  # type: ignore[arg-type,return-value]
    assert header.rpc.call("jobs.experiment", {"id": "r1"}) == b"zip of r1"
    assert not written[0].exists()
    monkeypatch.setattr(run_display, "MAX_DOWNLOAD_BYTES", 3)
    with pytest.raises(TooLargeError) as caught:
        header.rpc.call("jobs.experiment", {"id": "r1"})
    assert 'Run(lab.connect(), "r1").download_experiment' in caught.value.hint
    header.close()
