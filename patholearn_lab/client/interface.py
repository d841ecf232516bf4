"""What notebooks, widgets and the server's handlers call. Two classes carry it out: local and http.

Every method may raise the errors of :mod:`patholearn_lab.errors`; the same ones, however far away the work is done.
"""

from __future__ import annotations

import builtins
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Any, Protocol, Self

from patholearn_lab.client.cards import Cards
from patholearn_lab.client.cluster import Cluster
from patholearn_lab.client.curation import Curation
from patholearn_lab.client.interface_jobs import Jobs
from patholearn_lab.client.keeping import Keeping
from patholearn_lab.client.looking import Looking
from patholearn_lab.client.public_sets import PublicSets
from patholearn_lab.client.uploads import Uploads
from patholearn_lab.client.versions import GraphComparison, Versions

if TYPE_CHECKING:
    from patholearn_lab.client.models import PredictionResult, SamplePage, Status
    from patholearn_lab.codegen.cell import EmittedCell, Merged, ReadBack
    from patholearn_lab.codegen.forms import Form
    from patholearn_lab.datasets.builtin import BuiltinCard
    from patholearn_lab.datasets.manifest import Looks, Manifest, Split
    from patholearn_lab.graph.document import Document
    from patholearn_lab.graph.generator import Complexity, Generated, Preference
    from patholearn_lab.graph.inputs import Task
    from patholearn_lab.graph.issues import CheckResult
    from patholearn_lab.graph.templates import TemplateCard
    from patholearn_lab.graph.zoo import Library
    from patholearn_lab.graph.zoo.search import NetworkCard
    from patholearn_lab.services.events import Event
    from patholearn_lab.serving.models import ModelManifest


class Datasets(Cards, Curation, Keeping, Looking, PublicSets, Protocol):
    """The data sets."""

    def list(self) -> builtins.list[Manifest]:
        """Return the newest version of every stored data set."""

    def builtins(self) -> builtins.list[BuiltinCard]:
        """Return the data sets that come with the package, stored or not."""

    def get(self, id: str) -> Manifest:
        """Return one data set's card.

        Raises
        ------
        DatasetNotFoundError
            When it is not stored.
        """

    def ensure(self, id: str) -> Manifest:
        """Return one data set's card; a built-in set is made first where it is not stored yet (some seconds)."""

    def create_builtin(self, builtin: str, id: str | None = None, **parameters: Any) -> Manifest:
        """Make a built-in set with parameters of one's own and store it as `id`.

        Without an id and parameters this is :meth:`ensure`.

        Raises
        ------
        ConflictError
            When `id` is taken.
        """

    def upload(self, path: str | Path, id: str, name: str | None = None, **choices: Any) -> Manifest:
        """Import a file in any format of ``datasets/importers``, such as a zip of class folders, and store it as `id`.

        `choices` are the fields of :class:`~patholearn_lab.datasets.choices.ImportChoices`: `licence`, `description`,
        `visibility` and `split`, such as ``{"valid": 0.2, "test": 0.2, "seed": 0}``. The file is sent in parts: after a
        lost connection, or when this is called again, only what is missing is sent.

        Raises
        ------
        ArchiveError, DatasetError
            When the archive, or one file in it, cannot be taken; nothing is kept then.
        TooLargeError
            When it is larger than an upload may be.
        """

    def from_arrays(
        self,
        id: str,
        images: Any = None,
        labels: Any = None,
        *,
        name: str | None = None,
        classes: Sequence[str] = (),
        description: str = "",
        licence: str = "",
        **arrays: Any,
    ) -> Manifest:
        """Make a data set of arrays (numpy, zarr, memory maps) with one entry for each sample.

        Parameters
        ----------
        id
            What to store it as.
        images
            ``uint8[n,H,W]``, ``[n,H,W,1 or 3]`` or ``[n,1 or 3,H,W]``; left out for a table without images.
        labels
            Class numbers from 0, ``int[n]``.
        classes
            Their names, in order; those of the columns of `tags` and `values`, or of the values in `masks`.
        name, description, licence
            What the card says.
        arrays
            ``masks`` ``int[n,H,W]``, ``instances`` ``int[n,H,W]``, ``tags`` ``[n,classes]`` of 0 and 1, ``values``
            ``float[n,classes]``, ``features`` ``float[n,features]`` with ``feature_names``, ``splits`` (names or
            0 train, 1 valid, 2 test), ``names``, ``groups`` with ``grouped_by``, ``coordinates`` ``int[n,2]``.

        Raises
        ------
        ArchiveError
            When an array does not fit; the message names it.
        """

    def from_samples(
        self, id: str, samples: Iterable[Any], *, name: str | None = None, classes: Sequence[str] = (), **described: Any
    ) -> Manifest:
        """Make a data set of samples that come one by one: from a generator or a torch Dataset of one's own.

        Each is an image with its label or mask. They are made here, in the notebook, and kept in a file meanwhile, so
        that they need not fit into memory. `described` is as in :meth:`from_arrays`.

        Raises
        ------
        InvalidInputError, ArchiveError
            When a sample is no image with a label or mask; the message names its number.
        """

    def export(self, id: str, path: str | Path, format: str = "folders") -> None:
        """Write a data set into the file `path`, which other programs read and which can be uploaded again.

        `format` is ``folders`` (a zip of class folders, or of images and masks), ``deephealth`` (a zip with their YAML
        file), ``npz`` (arrays as Keras has them) or ``zarr`` (a zip of the zarr itself, which loses nothing).

        Raises
        ------
        DatasetError, InvalidInputError
            When the format has no place for what the set holds, or there is no such format.
        """

    def delete(self, id: str) -> None:
        """Delete all versions of a data set.

        Raises
        ------
        ConflictError
            When runs use it; names them.
        """

    def samples(
        self,
        id: str,
        split: Split | None = None,
        class_name: str | None = None,
        after: int = 0,
        limit: int = 24,
        text: str = "",
        looks: Looks | None = None,
    ) -> SamplePage:
        """Return a page of samples, of one split and one class where they are given, with `text` in their names.

        `looks` is ``"blank"`` or ``"blurred"`` for the images that :meth:`quality` finds to be so.

        `after` is how many samples to pass over: the `next` of the page before, 0 for the first page; `limit` is the
        most samples on the page.
        """

    def image(self, id: str, index: int) -> bytes:
        """Return one sample's image as a PNG file."""

    def mask(self, id: str, index: int) -> bytes:
        """Return one sample's mask as a grey PNG file whose pixel values are class indices."""


class Architectures(Protocol):
    """Drawn networks. Documents are given as :class:`Document` or as the dictionary of the file."""

    def catalog(self) -> dict[str, Any]:
        """Return the catalogue of node kinds that the editor is made of."""

    def templates(self) -> builtins.list[TemplateCard]:
        """Return the ready architectures."""

    def template(self, name: str, dataset: str | None = None) -> Document:
        """Return a ready architecture, fitted to a data set where one is given."""

    def networks(
        self, library: Library, text: str = "", pretrained: bool | None = None, limit: int = 50
    ) -> builtins.list[NetworkCard]:
        """Return the whole networks of a library that somebody may mean, the best first.

        See :func:`patholearn_lab.graph.zoo.search.search`.

        Raises
        ------
        NotFoundError
            When there is no such library.
        InvalidInputError
            When the limit is not from 1 to 500.
        """

    def check(self, document: Document | Mapping[str, Any]) -> CheckResult:
        """Return the shapes, the costs and the issues of a graph."""

    def emit(self, document: Document | Mapping[str, Any], form: Form = "cell") -> EmittedCell:
        """Return the cell that a graph becomes, or another form of its code.

        See :func:`patholearn_lab.codegen.forms.emit` for the forms.

        Raises
        ------
        CodeError
            When the graph has errors, or cannot take the form.
        InvalidInputError
            When there is no such form.
        """

    def generate(
        self, dataset: str, complexity: Complexity = "medium", prefer: Preference = "fast", task: Task | None = None
    ) -> Generated:
        """Return a whole network for a data set, with its reasons.

        See :func:`patholearn_lab.graph.generator.generate`.

        Raises
        ------
        DatasetNotFoundError
            When there is no such data set.
        DocumentError
            When the set has no answers for the task.
        """

    def read(self, code: str, document: Document | Mapping[str, Any]) -> ReadBack:
        """Return the graph that an edited cell describes. The cell is parsed, never run.

        `document` is the graph as it was before the cell was edited: ids, places and notes stay.
        """

    def merge(self, code: str, document: Document | Mapping[str, Any], changed: Document | Mapping[str, Any]) -> Merged:
        """Return an edited cell with a change of its graph put in: from `document` to `changed`.

        Raises
        ------
        CodeError
            When one of the graphs has errors, or the cell is no Python.
        """

    def compare(self, before: Document | Mapping[str, Any], after: Document | Mapping[str, Any]) -> GraphComparison:
        """Return what leads from one drawing to another, in words and as a picture."""


class Models(Protocol):
    """Trained networks that can be asked."""

    def list(self) -> builtins.list[ModelManifest]:
        """Return all versions of all models, the newest first."""

    def get(self, name: str, version: int | None = None) -> ModelManifest:
        """Return one model's manifest; the newest version's where `version` is None."""

    def delete(self, name: str, version: int) -> None:
        """Delete one version of a model."""

    def predict(
        self,
        name: str,
        image: bytes | None,
        version: int | None = None,
        features: Mapping[str, float] | None = None,
    ) -> PredictionResult:
        """Ask a model about an image of one's own, given as the bytes of a picture file (PNG, JPEG, TIFF, …).

        A model with a second input also needs a value for each of its `features`; one of features alone no image.
        """

    def predict_sample(
        self,
        name: str,
        dataset: str | None = None,
        index: int | None = None,
        split: Split = "test",
        version: int | None = None,
        features: Mapping[str, float] | None = None,
    ) -> PredictionResult:
        """Ask a model about a sample: a random one of `split` where `index` is None.

        The data set is the one that the model was trained on where `dataset` is None. `features` take the place of the
        sample's own.
        """


class Events(Protocol):
    """What happens, as it happens."""

    def subscribe(self, callback: Callable[[Event], None], topics: Iterable[str]) -> Callable[[], None]:
        """Call `callback` with every event of `topics` from now on, and return what ends that.

        The callback runs in a thread of the client's own, one event at a time, in order. Topics are ``jobs``,
        ``job.<id>`` (metrics and log of one job), ``datasets``, ``models``, ``versions``, or ``*``. An event
        ``events.missed`` says that events were lost on the way: read again what you show.
        """


class Client(ABC):
    """PathoLearn Lab, near or far."""

    datasets: Datasets
    uploads: Uploads
    architectures: Architectures
    versions: Versions
    jobs: Jobs
    cluster: Cluster
    models: Models
    events: Events

    @abstractmethod
    def status(self) -> Status:
        """Return versions, counts and limits."""

    @abstractmethod
    def close(self) -> None:
        """Let go of connections and threads; jobs that run go on."""

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()
