"""The guided notebooks run from the first cell to the last, as a student's do, and no cell ends in an error."""

from __future__ import annotations

import json
import os
import re
from pathlib import Path
from typing import Any

import nbformat
import pytest
from nbclient import NotebookClient

PROJECT = Path(__file__).parents[2]
NOTEBOOKS = sorted((PROJECT / "notebooks").glob("*.ipynb"))
CELL_TIMEOUT_S = 300


def run(notebook: Path, folder: Path, monkeypatch: pytest.MonkeyPatch) -> nbformat.NotebookNode:
    """Run a notebook as it is, in a kernel of its own, with a data folder and a Jupyter of its own."""
    # No server is running there, so that the client does the work in the kernel: what a student without server has.
    for name, place in {
        "PATHOLEARN_DATA": "data",
        "JUPYTER_RUNTIME_DIR": "runtime",
        "JUPYTER_CONFIG_DIR": "config",
        "IPYTHONDIR": "ipython",
    }.items():
        (folder / place).mkdir()
        monkeypatch.setenv(name, str(folder / place))
    monkeypatch.setenv(
        "PYTHONPATH", os.pathsep.join([str(PROJECT), os.environ.get("PYTHONPATH", "")]).rstrip(os.pathsep)
    )
    content = nbformat.read(notebook, as_version=4)
    client = NotebookClient(
        content, timeout=CELL_TIMEOUT_S, kernel_name="python3", resources={"metadata": {"path": str(folder)}}
    )
    client.execute()
    return content


def outputs(notebook: nbformat.NotebookNode, cell_id: str) -> list[Any]:
    cell = next(cell for cell in notebook.cells if cell.id == cell_id)
    return list(cell.outputs)


def text_of(notebook: nbformat.NotebookNode, cell_id: str) -> str:
    shown = outputs(notebook, cell_id)
    return "".join(output.get("text", "") or output.get("data", {}).get("text/plain", "") for output in shown)


def errors_of(notebook: nbformat.NotebookNode) -> list[str]:
    """Return what went wrong, also where it was only printed."""
    found = []
    for cell in notebook.cells:
        for output in cell.get("outputs", ()):
            if output.output_type == "error":
                found.append(f"{cell.id}: {output.ename}: {output.evalue}")
            elif output.get("name") == "stderr" and "Traceback" in output.text:
                found.append(f"{cell.id}: {output.text}")
    return found


@pytest.mark.filterwarnings("ignore:The event loop is already closed:UserWarning")
def test_the_first_notebook_shows_every_window(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    notebook = run(PROJECT / "notebooks" / "01_first_network.ipynb", tmp_path, monkeypatch)
    assert errors_of(notebook) == []
    for cell in ("browse", "editor", "panel", "predict"):
        kinds = {kind for output in outputs(notebook, cell) for kind in output.get("data", {})}
        assert "application/vnd.jupyter.widget-view+json" in kinds, f"the cell {cell!r} shows no window"


def test_the_second_notebook_goes_from_a_data_set_to_a_prediction(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    notebook = run(PROJECT / "notebooks" / "02_researcher_in_a_hurry.ipynb", tmp_path, monkeypatch)
    assert errors_of(notebook) == []
    accuracy = re.search(r"'test_accuracy': ([0-9.]+)", text_of(notebook, "train"))
    assert accuracy is not None
    assert float(accuracy.group(1)) > 0.8, "LeNet-5 tells digits apart"
    assert "class" in text_of(notebook, "code")
    assert "train_loss" in text_of(notebook, "metrics")
    assert re.search(r"'\d': [01]\.\d", text_of(notebook, "predict"))


@pytest.mark.parametrize("notebook", NOTEBOOKS, ids=lambda notebook: notebook.name)
def test_a_notebook_is_made_for_students(notebook: Path) -> None:
    content = json.loads(notebook.read_text(encoding="utf-8"))
    nbformat.validate(nbformat.from_dict(content))
    assert content["metadata"]["kernelspec"]["name"] == "python3"
    for number, cell in enumerate(content["cells"]):
        if cell["cell_type"] == "code":
            assert len(cell["source"]) <= 8, f"cell {cell['id']} has {len(cell['source'])} lines"
            assert number > 0
            assert content["cells"][number - 1]["cell_type"] == "markdown" or notebook.name.startswith("02"), (
                f"no text before the cell {cell['id']}"
            )


def test_every_folded_answer_is_closed() -> None:
    for notebook in NOTEBOOKS:
        text = notebook.read_text(encoding="utf-8")
        assert text.count("<details>") == text.count("</details>")
        assert text.count("<summary>") == text.count("</summary>")


def test_every_word_of_the_glossary_is_explained_where_it_first_appears() -> None:
    content = json.loads((PROJECT / "notebooks" / "01_first_network.ipynb").read_text(encoding="utf-8"))
    text = "\n".join("".join(cell["source"]) for cell in content["cells"] if cell["cell_type"] == "markdown")
    body, _, glossary = text.partition("## Glossary")
    words = [row.split("|")[1].strip() for row in glossary.splitlines() if row.startswith("| ")][1:]
    assert len(words) > 20
    emphasized = {match.lower() for match in re.findall(r"\*\*?([A-Za-z ]+)\*\*?", body)}
    plurals = {word: {word, f"{word}s", f"{word}es", f"{word.removesuffix('y')}ies"} for word in words}
    assert [word for word in words if not plurals[word] & emphasized] == []


def test_an_error_in_a_cell_is_found(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    broken = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell("import patholearn_lab as lab\nlab.nonsense")])
    nbformat.write(broken, tmp_path / "broken.ipynb")
    with pytest.raises(Exception, match="nonsense"):
        run(tmp_path / "broken.ipynb", tmp_path, monkeypatch)
