"""``train()``: hand a network that a notebook cell defined to a training job, as the cell stands."""

from __future__ import annotations

import inspect
import linecache
from hashlib import sha256
from pathlib import Path
from typing import TYPE_CHECKING, Any

from patholearn_lab.client.discovery import connect
from patholearn_lab.client.run import Run
from patholearn_lab.errors import CodeError

if TYPE_CHECKING:
    from patholearn_lab.client.interface import Client


def train(
    model_or_code: Any,
    *,
    dataset: str | None = None,
    dataset_version: int | None = None,
    fold: int | None = None,
    epochs: int | None = None,
    batch_size: int | None = None,
    seed: int = 0,
    learning_rate: float | None = None,
    name: str | None = None,
    graph: str | None = None,
    document: dict[str, Any] | None = None,
    client: Client | None = None,
) -> Run:
    """Train a network as a job and return at once. The job goes on when the notebook is closed.

    What is None is taken from the cell's constants: ``DATASET``, ``EPOCHS``, ``BATCH_SIZE``.

    Parameters
    ----------
    model_or_code
        A LightningModule class or an instance of one, defined in a notebook cell or a Python file; the whole cell (or
        file) is sent as it stands. Or the code itself, as a string.
    dataset
        The data set's id.
    dataset_version
        Which version of it, and with that which splits; the newest where None.
    fold
        Which of its folds validates, from 0, while the others train; the splits as they are where None.
    epochs
        How often the network sees every training image.
    batch_size
        How many images it sees at a time.
    seed
        The same seed, code and data give the same numbers.
    learning_rate
        Replaces what ``configure_optimizers`` sets.
    name
        What the run is called; the class' name where it is None.
    graph, document
        The id of the drawn graph and the graph itself, kept beside the code.
    client
        Where to train; :func:`~patholearn_lab.client.connect` where it is None.

    Raises
    ------
    CodeError
        When the code of the network cannot be found, or is no Python.

    Examples
    --------
    >>> run = train(LeNet5)          # doctest: +SKIP
    >>> run.wait().result            # doctest: +SKIP
    """
    from patholearn_lab.codegen import read_cell

    code = model_or_code if isinstance(model_or_code, str) else source_of(model_or_code)
    facts = read_cell(code)
    if facts.syntax_error is not None:
        raise CodeError(
            f"The cell is not valid Python: {facts.syntax_error.message} (line {facts.syntax_error.line}).",
            "Mend that line and run the cell again.",
            line=facts.syntax_error.line,
        )
    client = client or connect()
    set_id = dataset or facts.settings.get("DATASET")
    labels = {"graph": graph, "cell": cell_label(code), "dataset": set_id, "class_name": facts.class_name}
    payload = {
        "code": code,
        "dataset": dataset,
        "dataset_version": dataset_version,
        "fold": fold,
        "epochs": epochs,
        "batch_size": batch_size,
        "seed": seed,
        "learning_rate": learning_rate,
        "graph": graph,
        "document": document,
    }
    job = client.jobs.submit(
        "training",
        payload,
        name=name or facts.class_name or "training",
        labels={key: str(value) for key, value in labels.items() if value is not None},
    )
    return Run(client, job)


def cell_label(code: str) -> str:
    """Return the label by which the runs of a cell are found again: 16 digits of the SHA-256 of its text, in hex."""
    return sha256(code.encode()).hexdigest()[:16]


def source_of(model: Any) -> str:
    """Return the whole cell, or the whole file, in which the class of `model` was defined.

    IPython keeps the source of every cell that ran in :mod:`linecache`, under the name that the functions of the cell
    have as their code's file: so the class' own methods lead to the cell as it was run.

    Raises
    ------
    CodeError
        When the class has no methods of its own, or its source is not kept anywhere.
    """
    cls = model if inspect.isclass(model) else type(model)
    files = {function.__code__.co_filename for function in vars(cls).values() if inspect.isfunction(function)}
    for file in sorted(files):
        lines = linecache.getlines(file)
        if lines:
            return "".join(lines)
        if Path(file).is_file():
            return Path(file).read_text(encoding="utf-8")
    raise CodeError(
        f"The source of {cls.__name__!r} cannot be found.",
        "Define the class in a notebook cell or a Python file, or give its code as a string: train(code).",
        class_name=cls.__name__,
    )
