"""No file tells on which machine it was written, and nobody's password is in it."""

from __future__ import annotations

import re
import socket
from pathlib import Path

import pytest
from repository.project import ROOT, files

BINARY = {".png", ".jpg", ".ico", ".zip", ".npz", ".onnx", ".whl", ".gz"}
# Each with the reason why it may not stand in a file.
TRACES = {
    "the home folder of a person": re.compile(r"(?<![\w./-])/(?:home|Users)/(?!jovyan\b)[A-Za-z]\w*"),
    "the home folder of root": re.compile(r"(?<![\w./-])/root/\w"),
    "a folder of Windows users": re.compile(r"\b[A-Z]:\\+Users\\+\w"),
    "a private address": re.compile(r"\b(?:10\.\d{1,3}|192\.168|172\.(?:1[6-9]|2\d|3[01]))\.\d{1,3}\.\d{1,3}\b"),
    "a key": re.compile(
        r"\b(?:sk-[A-Za-z0-9]{20,}|ghp_[A-Za-z0-9]{20,}|AKIA[0-9A-Z]{16})\b|-----BEGIN [A-Z ]*PRIVATE KEY"
    ),
}


def traces_in(text: str) -> list[str]:
    found = [f"{what}: {match.group()}" for what, pattern in TRACES.items() for match in pattern.finditer(text)]
    if f"{ROOT}/" in text:
        found.append(f"the folder of this checkout: {ROOT}")
    host = socket.gethostname()
    if len(host) > 5 and host != "localhost" and re.search(rf"\b{re.escape(host)}\b", text):
        found.append(f"the name of this machine: {host}")
    return found


def text_files() -> list[Path]:
    this = Path(__file__).relative_to(ROOT)
    return [file for file in files() if file.suffix not in BINARY and file != this]


def test_no_file_tells_where_it_was_written() -> None:
    found = {
        str(file): traces
        for file in text_files()
        if (traces := traces_in((ROOT / file).read_text(encoding="utf-8", errors="replace")))
    }
    assert found == {}


@pytest.mark.parametrize(
    "text",
    ['open("/home/ada/data.zip")', "cd /root/project", r"C:\Users\ada", "http://192.168.0.7:8888", "10.1.2.3",
     f"{ROOT}/README.md", "ghp_" + "a" * 36],
)  # fmt: skip
def test_a_trace_is_found(text: str) -> None:
    assert traces_in(text)


def test_notebooks_are_kept_without_outputs() -> None:
    import json

    for file in files(".ipynb"):
        notebook = json.loads((ROOT / file).read_text(encoding="utf-8"))
        ran = [cell for cell in notebook["cells"] if cell.get("outputs") or cell.get("execution_count")]
        assert ran == [], f"{file} holds the outputs of {len(ran)} cells; clear them before you commit"
