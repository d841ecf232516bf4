"""The client whose work is done by the Jupyter server extension, over REST and one websocket."""

from __future__ import annotations

import base64
import builtins
from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from patholearn_lab.client.cards import HttpCards
from patholearn_lab.client.cluster import HttpClusterCalls
from patholearn_lab.client.curation import HttpCuration
from patholearn_lab.client.http_events import EventStream
from patholearn_lab.client.http_uploads import HttpUploads
from patholearn_lab.client.http_wire import Wire, at
from patholearn_lab.client.interface import Client
from patholearn_lab.client.keeping import HttpKeeping
from patholearn_lab.client.looking import LONG_S, HttpLooking
from patholearn_lab.client.models import PredictionResult, SamplePage, Status
from patholearn_lab.client.own_data import OwnData
from patholearn_lab.client.public_sets import HttpPublicSets
from patholearn_lab.client.runs_table import RunsTable
from patholearn_lab.client.sending import send_and_import
from patholearn_lab.client.versions import GraphComparison, HttpRunDrawings, HttpVersions
from patholearn_lab.client.wire import from_json, to_json
from patholearn_lab.codegen.cell import EmittedCell, Merged, ReadBack
from patholearn_lab.codegen.forms import Form
from patholearn_lab.datasets.builtin import BuiltinCard
from patholearn_lab.datasets.manifest import Looks, Manifest, Split
from patholearn_lab.errors import DatasetNotFoundError
from patholearn_lab.graph.document import Document, document_to_dict, read_document
from patholearn_lab.graph.generator import Complexity, Generated, Preference
from patholearn_lab.graph.inputs import Task
from patholearn_lab.graph.issues import CheckResult
from patholearn_lab.graph.templates import TemplateCard
from patholearn_lab.graph.zoo import Library
from patholearn_lab.graph.zoo.search import NetworkCard
from patholearn_lab.jobs.levels import LogLevel
from patholearn_lab.jobs.models import CurvePage, Job, LogPage, LogStream, MetricPage
from patholearn_lab.serving.models import ModelManifest
from patholearn_lab.training.findings import Diagnosis
from patholearn_lab.training.record import TrainingRecord
from patholearn_lab.training.spec import CheckpointName

if TYPE_CHECKING:
    from patholearn_lab.jobs.folder import Keep
    from patholearn_lab.jobs.scheduling import Priority
    from patholearn_lab.services.events import Event


class HttpClient(Client):
    """Speaks to the server extension.

    Parameters
    ----------
    url
        The Jupyter server's address with its base path.
    token
        Jupyter's token.
    """

    def __init__(self, url: str, token: str) -> None:
        self.url = url.rstrip("/") + "/"
        self._wire = Wire(self.url, token)
        self._stream = EventStream(self.url, token)
        self.uploads = HttpUploads(self._wire)
        self.datasets = HttpDatasets(self._wire, self.uploads)
        self.architectures = HttpArchitectures(self._wire)
        self.versions = HttpVersions(self._wire)
        self.jobs = HttpJobs(self._wire)
        self.cluster = HttpClusterCalls(self._wire)
        self.models = HttpModels(self._wire)
        self.events = HttpEvents(self._stream)

    def status(self) -> Status:
        """Return versions, counts and limits."""
        return from_json(Status, self._wire.get("status"))

    def close(self) -> None:
        """Close the connections and end the events' thread."""
        self._stream.close()
        self._wire.close()


class HttpDatasets(HttpCards, HttpCuration, HttpKeeping, HttpLooking, HttpPublicSets, OwnData):
    """The data sets of the server."""

    def __init__(self, wire: Wire, uploads: HttpUploads) -> None:
        super().__init__(wire)
        self._uploads = uploads

    def list(self) -> builtins.list[Manifest]:
        """Return the newest version of every stored data set."""
        return from_json(builtins.list[Manifest], self._wire.get("datasets")["items"])

    def builtins(self) -> builtins.list[BuiltinCard]:
        """Return the data sets that come with the package."""
        return from_json(builtins.list[BuiltinCard], self._wire.get("datasets/builtins")["items"])

    def get(self, id: str) -> Manifest:
        """Return one data set's card."""
        return from_json(Manifest, self._wire.get(at("datasets", id)))

    def ensure(self, id: str) -> Manifest:
        """Return one data set's card; a built-in set is made first where it is not stored yet."""
        try:
            return self.get(id)
        except DatasetNotFoundError:
            return self.create_builtin(id)

    def create_builtin(self, builtin: str, id: str | None = None, **parameters: Any) -> Manifest:
        """Make a built-in set with parameters of one's own."""
        body = {"builtin": builtin, "id": id, "parameters": parameters}
        return from_json(Manifest, self._wire.post("datasets", body, timeout_s=LONG_S))

    def upload(self, path: str | Path, id: str, name: str | None = None, **choices: Any) -> Manifest:
        """Import a file: send what the server does not have of it yet, and wait until it is a data set."""
        chosen = {**choices, **({} if name is None else {"name": name})}
        return self.get(send_and_import(self._uploads, Path(path), id, chosen))

    def export(self, id: str, path: str | Path, format: str = "folders") -> None:
        """Write a data set into one file."""
        self._wire.download(at("datasets", id, "export"), {"format": format}, Path(path), timeout_s=LONG_S)

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
        """Return a page of samples."""
        chosen = {"split": split, "class_name": class_name, "text": text or None, "looks": looks}
        page = self._wire.get(at("datasets", id, "samples"), after=after, limit=limit, **chosen)
        return from_json(SamplePage, page)

    def image(self, id: str, index: int) -> bytes:
        """Return one sample's image as a PNG file."""
        return self._wire.request("GET", at("datasets", id, "samples", index, "image")).content

    def mask(self, id: str, index: int) -> bytes:
        """Return one sample's mask as a PNG file."""
        return self._wire.request("GET", at("datasets", id, "samples", index, "mask")).content


class HttpArchitectures:
    """Drawn networks, checked and emitted by the server."""

    def __init__(self, wire: Wire) -> None:
        self._wire = wire

    def catalog(self) -> dict[str, Any]:
        """Return the catalogue of node kinds."""
        return dict(self._wire.get("architectures/catalog"))

    def templates(self) -> list[TemplateCard]:
        """Return the ready architectures."""
        return from_json(list[TemplateCard], self._wire.get("architectures/templates")["items"])

    def template(self, name: str, dataset: str | None = None) -> Document:
        """Return a ready architecture, fitted to a data set where one is given."""
        return read_document(self._wire.get(at("architectures", "templates", name), dataset=dataset))

    def networks(
        self, library: Library, text: str = "", pretrained: bool | None = None, limit: int = 50
    ) -> list[NetworkCard]:
        """Return the whole networks of a library that somebody may mean."""
        query = {"library": library, "text": text, "pretrained": pretrained, "limit": limit}
        return from_json(list[NetworkCard], self._wire.get("architectures/networks", **query)["items"])

    def check(self, document: Document | Mapping[str, Any]) -> CheckResult:
        """Return the shapes, the costs and the issues of a graph."""
        return from_json(CheckResult, self._wire.post("architectures/check", _body(document)))

    def emit(self, document: Document | Mapping[str, Any], form: Form = "cell") -> EmittedCell:
        """Return the cell that a graph becomes, or another form of its code."""
        answer = self._wire.request("POST", "architectures/emit", {"form": form}, json=_body(document))
        return from_json(EmittedCell, answer.json())

    def generate(
        self, dataset: str, complexity: Complexity = "medium", prefer: Preference = "fast", task: Task | None = None
    ) -> Generated:
        """Return a whole network for a data set, with its reasons."""
        wishes = {"dataset": dataset, "complexity": complexity, "prefer": prefer, "task": task}
        return from_json(Generated, self._wire.get("architectures/generate", **wishes))

    def read(self, code: str, document: Document | Mapping[str, Any]) -> ReadBack:
        """Return the graph that an edited cell describes. The cell is parsed, never run."""
        body = {"code": code, "document": _body(document)}
        return from_json(ReadBack, self._wire.post("architectures/read", body))

    def merge(self, code: str, document: Document | Mapping[str, Any], changed: Document | Mapping[str, Any]) -> Merged:
        """Return an edited cell with a change of its graph put in: from `document` to `changed`."""
        body = {"code": code, "document": _body(document), "changed": _body(changed)}
        return from_json(Merged, self._wire.post("architectures/merge", body))

    def compare(self, before: Document | Mapping[str, Any], after: Document | Mapping[str, Any]) -> GraphComparison:
        """Return what leads from one drawing to another, in words and as a picture."""
        body = {"before": _body(before), "after": _body(after)}
        return from_json(GraphComparison, self._wire.post("architectures/compare", body))


class HttpJobs(HttpRunDrawings):
    """The jobs of the server."""

    def __init__(self, wire: Wire) -> None:
        self._wire = wire

    def submit(
        self,
        kind: str,
        payload: dict[str, Any],
        name: str = "",
        labels: dict[str, str] | None = None,
        priority: Priority = "normal",
        resources: Mapping[str, Any] | None = None,
    ) -> Job:
        """Queue a job and return it at once."""
        body: dict[str, Any] = {"kind": kind, "payload": payload, "name": name, "labels": labels or {}}
        body |= {"priority": priority, "resources": dict(resources) if resources else None}
        return from_json(Job, self._wire.post("jobs", body))

    def list(
        self, kind: str | None = None, labels: dict[str, str] | None = None, limit: int = 50
    ) -> builtins.list[Job]:
        """Return jobs, the newest first."""
        wanted = [f"{key}:{value}" for key, value in (labels or {}).items()] or None
        return from_json(builtins.list[Job], self._wire.get("jobs", kind=kind, label=wanted, limit=limit)["items"])

    def get(self, id: str) -> Job:
        """Return one job as it is now."""
        return from_json(Job, self._wire.get(at("jobs", id)))

    def cancel(self, id: str, keep: Keep | None = None) -> Job:
        """Ask a job to stop."""
        return from_json(Job, self._wire.post(at("jobs", id, "cancel"), {"keep": keep}))

    def pause(self, id: str) -> Job:
        """Ask a training to stop such that it can go on."""
        return from_json(Job, self._wire.post(at("jobs", id, "pause"), {}))

    def resume(self, id: str) -> Job:
        """Queue a paused job again."""
        return from_json(Job, self._wire.post(at("jobs", id, "resume"), {}))

    def prioritize(self, id: str, priority: Priority) -> Job:
        """Put a waiting job before or behind one's other jobs."""
        return from_json(Job, self._wire.post(at("jobs", id, "priority"), {"priority": priority}))

    def delete(self, id: str) -> None:
        """Delete a job that has ended, with everything that it wrote."""
        self._wire.delete(at("jobs", id))

    def record(self, id: str) -> TrainingRecord:
        """Return what a training used."""
        return from_json(TrainingRecord, self._wire.get(at("jobs", id, "record")))

    def experiment(self, id: str, path: str | Path, data: bool = False) -> None:
        """Write a training as a zip that trains on without PathoLearn Lab."""
        self._wire.download(at("jobs", id, "experiment"), {"data": data}, Path(path), timeout_s=LONG_S)

    def download(self, id: str, name: str, path: str | Path) -> None:
        """Write one of the files that a job made to `path`."""
        self._wire.download(at("jobs", id, "files", name), {}, Path(path), timeout_s=LONG_S)

    def diagnosis(self, id: str) -> Diagnosis:
        """Return what went wrong with a training, and what its curves say."""
        return from_json(Diagnosis, self._wire.get(at("jobs", id, "diagnosis")))

    def copy(self, id: str, changes: dict[str, Any] | None = None, checkpoint: CheckpointName | None = None) -> Job:
        """Train a run again, with other settings where some are given, and return the new job at once."""
        body = {"changes": changes or {}, "checkpoint": checkpoint}
        return from_json(Job, self._wire.post(at("jobs", id, "copies"), body))

    def reproduce(self, id: str, anyway: bool = False) -> Job:
        """Train a run again as it was, and return the new job at once."""
        return from_json(Job, self._wire.post(at("jobs", id, "reproductions"), {"anyway": anyway}))

    def compare(self, ids: Sequence[str]) -> RunsTable:
        """Return runs beside each other."""
        return from_json(RunsTable, self._wire.get("jobs/comparison", id=[*ids]))

    def metrics(self, id: str, after: int = 0) -> MetricPage:
        """Return the metric points after number `after`."""
        return from_json(MetricPage, self._wire.get(at("jobs", id, "metrics"), after=after))

    def curves(self, id: str, points: int = 1000) -> CurvePage:
        """Return every curve, thinned."""
        return from_json(CurvePage, self._wire.get(at("jobs", id, "curves"), points=points))

    def log(
        self,
        id: str,
        after: int = 0,
        limit: int = 1000,
        before: int | None = None,
        search: str = "",
        regex: str = "",
        stream: LogStream | None = None,
        session: int | None = None,
        level: LogLevel | None = None,
    ) -> LogPage:
        """Return a page of the log."""
        query = {"search": search or None, "regex": regex or None, "stream": stream, "session": session, "level": level}
        page = self._wire.get(at("jobs", id, "log"), after=after, limit=limit, before=before, **query)
        return from_json(LogPage, page)

    def log_text(
        self,
        id: str,
        search: str = "",
        regex: str = "",
        stream: LogStream | None = None,
        session: int | None = None,
        level: LogLevel | None = None,
    ) -> str:
        """Return the whole log as text."""
        query = {"search": search or None, "regex": regex or None, "stream": stream, "session": session, "level": level}
        return self._wire.request("GET", at("jobs", id, "log.txt"), query).text


class HttpModels:
    """The models of the server."""

    def __init__(self, wire: Wire) -> None:
        self._wire = wire

    def list(self) -> builtins.list[ModelManifest]:
        """Return all versions of all models, the newest first."""
        return from_json(builtins.list[ModelManifest], self._wire.get("models")["items"])

    def get(self, name: str, version: int | None = None) -> ModelManifest:
        """Return one model's manifest."""
        return from_json(ModelManifest, self._wire.get(at("models", name), version=version))

    def delete(self, name: str, version: int) -> None:
        """Delete one version of a model."""
        self._wire.delete(at("models", name, version))

    def predict(
        self,
        name: str,
        image: bytes | None,
        version: int | None = None,
        features: Mapping[str, float] | None = None,
    ) -> PredictionResult:
        """Ask a model about an image of one's own, about a row of features, or about both."""
        body: dict[str, Any] = {"content": image, "headers": {"Content-Type": "application/octet-stream"}}
        if image is None or features:
            encoded = None if image is None else base64.b64encode(image).decode()
            body = {"json": {"image": encoded, "features": dict(features or {})}}
        answer = self._wire.request("POST", at("models", name, "predictions"), {"version": version}, **body)
        return from_json(PredictionResult, answer.json())

    def predict_sample(
        self,
        name: str,
        dataset: str | None = None,
        index: int | None = None,
        split: Split = "test",
        version: int | None = None,
        features: Mapping[str, float] | None = None,
    ) -> PredictionResult:
        """Ask a model about a sample: a random one of `split` where `index` is None."""
        answer = self._wire.request(
            "POST",
            at("models", name, "predictions"),
            {"version": version},
            json={"dataset": dataset, "index": index, "split": split, "features": dict(features or {})},
        )
        return from_json(PredictionResult, answer.json())


class HttpEvents:
    """The events of the server."""

    def __init__(self, stream: EventStream) -> None:
        self._stream = stream

    def subscribe(self, callback: Callable[[Event], None], topics: Iterable[str]) -> Callable[[], None]:
        """Call `callback` with every event of `topics` from now on, and return what ends that."""
        return self._stream.subscribe(callback, topics)


def _body(document: Document | Mapping[str, Any]) -> Any:
    return document_to_dict(document) if isinstance(document, Document) else to_json(dict(document))
