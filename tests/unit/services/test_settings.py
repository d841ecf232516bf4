"""Settings enter typed, and the default folder follows the environment that the edge hands over."""

from __future__ import annotations

from pathlib import Path

import pytest

from patholearn_lab.services import Settings, default_data_dir


def test_the_data_folder_is_absolute_whatever_was_given(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    assert Settings(Path("data")).data_dir == tmp_path.resolve() / "data"


def test_the_upload_limit_is_counted_in_millions_of_bytes(tmp_path: Path) -> None:
    assert Settings(tmp_path, max_upload_mb=3).max_upload_bytes == 3_000_000


def test_the_environment_names_the_data_folder() -> None:
    assert default_data_dir({"PATHOLEARN_DATA": "/data/here"}) == Path("/data/here")


def test_without_it_the_folder_is_in_jupyters(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("JUPYTER_DATA_DIR", str(tmp_path))
    assert default_data_dir({}) == tmp_path / "patholearn"
