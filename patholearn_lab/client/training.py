"""``train()`` and ``estimate()``: hand a network that a notebook cell defined to a job, as the cell stands."""

from __future__ import annotations

import inspect
import linecache
from collections.abc import Mapping
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from typing import TYPE_CHECKING, Any

from patholearn_lab.client.discovery import connect
from patholearn_lab.client.run import Run
from patholearn_lab.errors import CodeError
from patholearn_lab.training.estimate import Estimate

if TYPE_CHECKING:
    from patholearn_lab.client.interface import Client


def train(
    model_or_code: Any,
    *,
    dataset: str | None = None,
    dataset_version: int | None = None,
    fold: int | None = None,
    data: dict[str, Any] | None = None,
    epochs: int | None = None,
    batch_size: int | None = None,
    seed: int = 0,
    learning_rate: float | None = None,
    name: str | None = None,
    graph: str | None = None,
    document: dict[str, Any] | None = None,
    resources: Mapping[str, Any] | None = None,
    client: Client | None = None,
    **options: Any,
) -> Run:
    """Train a network as a job and return at once. The job goes on when the notebook is closed.

    What is None is taken from the cell's constants: ``DATASET``, ``EPOCHS``, ``BATCH_SIZE``.

    Parameters
    ----------
    model_or_code
        An architecture or an editor: the cell that it becomes is trained. Or a LightningModule class or an instance of
        one, defined in a notebook cell or a Python file; the whole cell (or file) is sent as it stands. Or the code
        itself, as a string.
    dataset
        The data set's id.
    dataset_version
        Which version of it, and with that which splits; the newest where None.
    fold
        Which of its folds validates, from 0, while the others train; the splits as they are where None.
    data
        How its samples become batches: ``augmentation``, ``sampling``, ``normalization``, ``size`` and ``fit``, as
        :class:`~patholearn_lab.datasets.loading_rules.LoadingRules` has them; ``{"augmentation": "tissue"}``.
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
    resources
        What it needs of the cluster, as :class:`~patholearn_lab.cluster.resources.Resources` has it: ``{"workers": 2}``
        train together, ``{"gpus": 1, "share_gpu": True}``, ``{"threads": 4, "memory_mb": 4000}``.
    client
        Where to train; :func:`~patholearn_lab.client.connect` where it is None.
    options
        What a training can do besides, as :class:`~patholearn_lab.training.options.FitOptions` has it: ``patience=3``
        stops early, ``clip_gradients=1.0``, ``accumulate=4``, ``average_weights=0.99``, ``precision=16``,
        ``find_learning_rate=True``, ``class_weights="balanced"``.

    Raises
    ------
    CodeError
        When the code of the network cannot be found, or is no Python.

    Examples
    --------
    >>> run = train(LeNet5)          # doctest: +SKIP
    >>> run.wait().result            # doctest: +SKIP
    """
    client = client or connect()
    request = _request(
        model_or_code,
        client,
        name=name,
        dataset=dataset,
        dataset_version=dataset_version,
        fold=fold,
        data=data or {},
        epochs=epochs,
        batch_size=batch_size,
        seed=seed,
        learning_rate=learning_rate,
        graph=graph,
        document=document,
        **options,
    )
    job = client.jobs.submit("training", request.payload, name=request.name, labels=request.labels, resources=resources)
    return Run(client, job)


def estimate(
    model_or_code: Any, *, client: Client | None = None, timeout_s: float | None = None, **settings: Any
) -> Estimate:
    """Tell whether a training will fit into the memory and how long it will take; one batch is measured for that.

    It is measured where it would be trained, in a job of its own that is gone afterwards, and waits for its turn as a
    training does. It takes some seconds.

    Parameters
    ----------
    model_or_code
        As for :func:`train`.
    client
        Where to measure; :func:`~patholearn_lab.client.connect` where it is None.
    timeout_s
        The longest to wait, in seconds; without an end where None.
    settings
        The settings of :func:`train`: ``dataset``, ``epochs``, ``batch_size``, ``document`` and so on.

    Raises
    ------
    CodeError
        When the cell cannot be run or trained.
    UnavailableError
        When it is not measured after `timeout_s`.

    Examples
    --------
    >>> print(lab.estimate(LeNet5, batch_size=256))          # doctest: +SKIP
    It fits: a batch of 256 needs about 503 MB of 15.6 GB free memory.
    """
    client = client or connect()
    resources = settings.pop("resources", None)
    request = _request(model_or_code, client, **settings)
    job = client.jobs.submit("estimate", request.payload, name=request.name, labels=request.labels, resources=resources)
    run = Run(client, job)
    try:
        return Estimate.model_validate(run.wait(timeout_s).result)
    finally:
        if run.job.final:
            client.jobs.delete(run.id)
        else:
            run.cancel("nothing")


@dataclass(frozen=True)
class _Request:
    """What is sent for a training, or to estimate one."""

    name: str
    payload: dict[str, Any]
    labels: dict[str, str]


def _request(model_or_code: Any, client: Client, name: str | None = None, **settings: Any) -> _Request:
    """Return the job of a cell, after a look at whether it is Python."""
    from patholearn_lab.codegen import read_cell

    code, drawn = sources_of(model_or_code, client)
    if drawn is not None:
        own = {"document": drawn, "graph": drawn["meta"]["id"]}
        settings |= {key: value for key, value in own.items() if settings.get(key) is None}
    facts = read_cell(code)
    if facts.syntax_error is not None:
        raise CodeError(
            f"The cell is not valid Python: {facts.syntax_error.message} (line {facts.syntax_error.line}).",
            "Mend that line and run the cell again.",
            line=facts.syntax_error.line,
        )
    labels = {
        "graph": settings.get("graph"),
        "cell": cell_label(code),
        "dataset": settings.get("dataset") or facts.settings.get("DATASET"),
        "class_name": facts.class_name,
    }
    return _Request(
        name=name or facts.class_name or "training",
        payload={"code": code, **settings},
        labels={key: str(value) for key, value in labels.items() if value is not None},
    )


def sources_of(model_or_code: Any, client: Client) -> tuple[str, dict[str, Any] | None]:
    """Return the code of what is to be trained, and its document where it is drawn.

    Raises
    ------
    CodeError
        When the code cannot be found.
    """
    document = getattr(model_or_code, "document", None)
    if document is not None:
        return client.architectures.emit(document).code, document.model_dump(mode="json", by_alias=True)
    return (model_or_code if isinstance(model_or_code, str) else source_of(model_or_code)), None


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
        "Give an architecture or an editor, a class that is defined in a notebook cell or a Python file, or its code "
        "as a string: train(code).",
        class_name=cls.__name__,
    )
