"""Train the cell as it stands, from a form, and watch it: the panel below an editor."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

import traitlets

from patholearn_lab.client.training import cell_label, estimate, train
from patholearn_lab.codegen.reading import read_cell
from patholearn_lab.datasets.augmentation import PRESETS
from patholearn_lab.errors import InvalidInputError, PathoLearnError
from patholearn_lab.widgets.assets import script, styles
from patholearn_lab.widgets.drawn import document_of
from patholearn_lab.widgets.run_display import RunDisplay, RunHeader, SharedClient

if TYPE_CHECKING:
    from patholearn_lab.client.interface import Client
    from patholearn_lab.jobs.models import Job
    from patholearn_lab.training.estimate import Estimate


class TrainingHeader(RunHeader):
    """The form above the job.

    Attributes
    ----------
    graph
        The id of the drawn graph, by which the view asks the notebook for the cell; empty where nothing is drawn.
    """

    _esm = script("training-panel")
    _css = styles("training-panel")

    graph = traitlets.Unicode("").tag(sync=True)

    def __init__(self, client: Callable[[], Client], calls: Mapping[str, Callable[..., Any]], **kwargs: Any) -> None:
        self._calls = calls
        super().__init__(client, **kwargs)

    def own_calls(self) -> Mapping[str, Callable[..., Any]]:
        """Return the panel's calls: read a cell, start a training."""
        return {**super().own_calls(), **self._calls}


class TrainingPanel(RunDisplay):
    """A form with a Train button, and the newest run of the same graph below it.

    The view asks the notebook for the cell as it stands and sends it along, so edits in the cell count. Where there
    is no such cell (another notebook program, or nothing emitted yet), `code` or the graph's own cell is trained.

    Parameters
    ----------
    drawn
        The editor or an architecture; None for a cell written by hand.
    code
        The cell, where nothing is drawn or the drawn one is not meant.
    dataset
        Another data set than the cell's.
    client
        Where to train; found by itself where None.

    Examples
    --------
    >>> lab.TrainingPanel(editor)            # doctest: +SKIP
    >>> lab.TrainingPanel(code=cell_source)  # doctest: +SKIP
    """

    def __init__(
        self, drawn: Any = None, code: str | None = None, dataset: str | None = None, *, client: Client | None = None
    ) -> None:
        if drawn is None and code is None:
            raise InvalidInputError(
                "The training panel was given neither an architecture nor code.",
                "Write lab.TrainingPanel(editor), or lab.TrainingPanel(code=...).",
            )
        self._drawn = drawn
        self._code = code
        self._dataset = dataset
        shared = SharedClient(client)
        graph = "" if drawn is None else document_of(drawn).meta.id
        calls: dict[str, Callable[..., Any]] = {
            "training.read": self.read,
            "training.start": self.start,
            "training.estimate": self.estimate,
        }
        # The runs of a cell that nobody drew are found again by the cell itself.
        self._label = {"graph": graph} if graph else {"cell": cell_label(str(code))}
        super().__init__(TrainingHeader(shared, calls, graph=graph), shared, self._label)
        self._find_newest()

    def read(self, code: str | None = None) -> dict[str, Any]:
        """Return what the cell says about itself (`class_name`, `settings`, `syntax_error`), without running it.

        `augmentations` are the names of those that can be chosen.
        """
        facts = read_cell(self.source(code)).model_dump(mode="json")
        dataset = self._dataset or facts["settings"].get("DATASET")
        return {**facts, "dataset": dataset, "augmentations": [name for name, steps in PRESETS.items() if steps.steps]}

    def start(self, code: str | None = None, augmentation: str | None = None, **settings: Any) -> Job:
        """Queue a training of `code` and show it.

        Parameters
        ----------
        code
            The cell as it stands in the notebook; the panel's own where None.
        augmentation
            What is done to training images at random, by its name; what the cell says where None.
        settings
            `epochs`, `batch_size`, `learning_rate`, `seed`, the options and `resources` of
            :func:`patholearn_lab.train`; what is None or left out is taken from the cell.
        """
        job = train(self.source(code), client=self._client(), **self._asked(augmentation, settings)).job
        self._loop.run(lambda: self.follow(job))
        return job

    def estimate(self, code: str | None = None, augmentation: str | None = None, **settings: Any) -> Estimate:
        """Measure one batch of what :meth:`start` would train, and return what the training will need."""
        return estimate(self.source(code), client=self._client(), **self._asked(augmentation, settings))

    def _asked(self, augmentation: str | None, settings: Mapping[str, Any]) -> dict[str, Any]:
        """Return what is asked of the training besides its code."""
        document = None if self._drawn is None else document_of(self._drawn)
        return {
            "dataset": self._dataset,
            **({"data": {"augmentation": augmentation}} if augmentation else {}),
            "name": document.meta.name or None if document else None,
            "graph": document.meta.id if document else None,
            "document": document.model_dump(mode="json", by_alias=True) if document else None,
            **{name: value for name, value in settings.items() if value is not None},
        }

    def source(self, code: str | None = None) -> str:
        """Return what would be trained: `code`, else the panel's own code, else the cell that the graph becomes.

        Raises
        ------
        CodeError
            When the graph has errors, so that it becomes no cell.
        """
        if code is not None:
            return code
        if self._code is not None:
            return self._code
        return self._client().architectures.emit(document_of(self._drawn)).code

    def _find_newest(self) -> None:
        """Show the newest run of this graph or cell: that is how curves come back with a new kernel."""
        try:
            found = self._client().jobs.list(kind="training", labels=self._label, limit=1)
        except PathoLearnError as problem:
            self.header.problem = problem.to_dict()
            return
        if found:
            self.follow(found[0])
