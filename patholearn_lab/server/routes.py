"""The one table of endpoints. Tornado's handlers, openapi.json and the test of logins are made from it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from patholearn_lab.client.models import (
    AugmentationForms,
    AugmentationRequest,
    BuiltinRequest,
    CancelRequest,
    CheckRequest,
    CopyRequest,
    DatasetFolder,
    ImportRequest,
    JobRequest,
    MergeRequest,
    OwnRequest,
    PartAnswer,
    PredictionResult,
    PreviewRequest,
    PriorityRequest,
    ReadRequest,
    ReproductionRequest,
    SamplePage,
    SampleRequest,
    ScaleRequest,
    Status,
    UploadRequest,
)
from patholearn_lab.client.wire import API
from patholearn_lab.datasets.card import CardEdits
from patholearn_lab.jobs.models import LogFilter
from patholearn_lab.server.base import NothingHandler
from patholearn_lab.server.events import EventsHandler
from patholearn_lab.server.handlers import (
    architectures,
    cluster,
    curation,
    datasets,
    jobs,
    keeping,
    looking,
    models,
    public_sets,
    uploads,
    versions,
)
from patholearn_lab.server.handlers import status as about
from patholearn_lab.server.live import LiveHandler, LiveQuery
from patholearn_lab.server.route import Named, Operation, Route

if TYPE_CHECKING:
    from patholearn_lab.server.app import PathoLearnApp


# Models that only the description needs are named, and imported with it: the server starts without them.
EMITTED_CELL = Named("patholearn_lab.codegen.cell:EmittedCell")
READ_BACK = Named("patholearn_lab.codegen.cell:ReadBack")
MERGED = Named("patholearn_lab.codegen.cell:Merged")
BUILTIN_CARD = Named("patholearn_lab.datasets.builtin:BuiltinCard")
CHANGE = Named("patholearn_lab.datasets.changes:ChangeRequest")
DUPLICATES = Named("patholearn_lab.datasets.duplicates:Duplicates")
LEAKS = Named("patholearn_lab.datasets.leaks:Leaks")
MEASURING = Named("patholearn_lab.services.measuring:MeasuringState")
LABEL_REVIEW = Named("patholearn_lab.datasets.label_review:LabelReview")
QUALITY = Named("patholearn_lab.datasets.quality:Quality")
MANIFEST = Named("patholearn_lab.datasets.manifest:Manifest")
COMPARISON = Named("patholearn_lab.datasets.comparing:Comparison")
UPLOAD = Named("patholearn_lab.datasets.uploads:Upload")
UPLOAD_STATE = Named("patholearn_lab.services.importing:UploadState")
INTEGRITY = Named("patholearn_lab.datasets.integrity:Integrity")
PUBLIC_SET = Named("patholearn_lab.datasets.public:PublicSet")
DOCUMENT = Named("patholearn_lab.graph.document:Document")
GENERATED = Named("patholearn_lab.graph.generator:Generated")
GRAPH_COMPARISON = Named("patholearn_lab.client.versions:GraphComparison")
VERSION = Named("patholearn_lab.services.versions:Version")
CHECK_RESULT = Named("patholearn_lab.graph.issues:CheckResult")
TEMPLATE_CARD = Named("patholearn_lab.graph.templates:TemplateCard")
NETWORK_CARD = Named("patholearn_lab.graph.zoo.search:NetworkCard")
CLUSTER = Named("patholearn_lab.cluster.status:ClusterStatus")
JOB = Named("patholearn_lab.jobs.models:Job")
RUNS_TABLE = Named("patholearn_lab.client.runs_table:RunsTable")
CURVE_PAGE = Named("patholearn_lab.jobs.models:CurvePage")
LOG_PAGE = Named("patholearn_lab.jobs.models:LogPage")
METRIC_PAGE = Named("patholearn_lab.jobs.models:MetricPage")
DIAGNOSIS = Named("patholearn_lab.training.findings:Diagnosis")
TRAINING_RECORD = Named("patholearn_lab.training.record:TrainingRecord")
MODEL_MANIFEST = Named("patholearn_lab.serving.models:ModelManifest")

TEXT = "text/plain"
PNG = "image/png"
ZIP = "application/zip"
ANY_IMAGE = ANY_FILE = "application/octet-stream"

ROUTES: tuple[Route, ...] = (
    Route("/status", about.StatusHandler, (
        Operation("GET", "status", "Versions, counts and limits.", Status),
    )),
    Route("/openapi.json", about.OpenApiHandler, (
        Operation("GET", "openapi", "This description.", dict),
    )),
    Route("/datasets", datasets.DatasetsHandler, (
        Operation("GET", "datasets.list", "The newest version of every stored data set.", MANIFEST, items=True),
        Operation("POST", "datasets.create_builtin", "Make a built-in data set; without id and parameters, make sure "
                  "that it is there.", MANIFEST, body=(BuiltinRequest,), status=201),
    )),
    Route("/datasets/builtins", datasets.BuiltinsHandler, (
        Operation("GET", "datasets.builtins", "The data sets that come with the package.", BUILTIN_CARD, items=True),
    )),
    Route("/datasets/uploads", uploads.WholeFileHandler, (
        Operation("POST", "datasets.upload", "Import a file in any of the formats that are read.", MANIFEST,
                  query=uploads.UploadQuery, body=(ZIP,), status=201),
    )),
    Route("/datasets/public", public_sets.PublicSetsHandler, (
        Operation("GET", "datasets.public", "Public data sets that can be downloaded, with size and licence.",
                  PUBLIC_SET, items=True),
        Operation("POST", "datasets.download", "Begin to download a public data set.", JOB,
                  body=(public_sets.DownloadRequest,), status=201),
    )),
    Route("/datasets/{id}", datasets.DatasetHandler, (
        Operation("GET", "datasets.get", "One data set's card.", MANIFEST),
        Operation("DELETE", "datasets.delete", "Delete all versions of a data set.", status=204),
    )),
    Route("/datasets/{id}/versions", curation.VersionsHandler, (
        Operation("GET", "datasets.versions", "The cards of all versions, the newest first.", MANIFEST, items=True),
        Operation("POST", "datasets.change", "Make a further version of a data set by a change of it.", MANIFEST,
                  body=(CHANGE,), status=201),
    )),
    Route("/datasets/{id}/measuring", looking.MeasuringHandler, (
        Operation("GET", "datasets.measuring", "How far the measuring of the images is.", MEASURING),
        Operation("POST", "datasets.measure", "Begin to measure the images, for the reports below.", MEASURING,
                  status=202),
    )),
    Route("/datasets/{id}/measuring/stop", looking.StopMeasuringHandler, (
        Operation("POST", "datasets.stop_measuring", "Stop measuring the images.", MEASURING),
    )),
    Route("/datasets/{id}/leaks", looking.LeaksHandler, (
        Operation("GET", "datasets.leaks", "Patients or slides that are in more than one split.", LEAKS),
    )),
    Route("/datasets/{id}/quality", looking.QualityHandler, (
        Operation("GET", "datasets.quality", "Balance, brightness, stains, and images that look blank or blurred.",
                  QUALITY),
    )),
    Route("/datasets/{id}/duplicates", looking.DuplicatesHandler, (
        Operation("GET", "datasets.duplicates", "Images that are equal or almost equal, those in two splits first.",
                  DUPLICATES, query=looking.DuplicatesQuery),
    )),
    Route("/datasets/{id}/card", datasets.CardHandler, (
        Operation("POST", "datasets.edit", "Another name, description, licence or visibility.", MANIFEST,
                  body=(CardEdits,)),
    )),
    Route("/datasets/{id}/comparison", datasets.ComparisonHandler, (
        Operation("GET", "datasets.compare", "What is different in a later version.", COMPARISON,
                  query=datasets.ComparisonQuery),
    )),
    Route("/datasets/{id}/integrity", keeping.IntegrityHandler, (
        Operation("POST", "datasets.check", "Read a whole data set and compare it with what was written.", INTEGRITY,
                  body=(keeping.VersionChoice,)),
    )),
    Route("/datasets/{id}/croissant", keeping.CroissantHandler, (
        Operation("GET", "datasets.croissant", "The card of a data set as Croissant 1.0 (JSON-LD).", dict,
                  query=keeping.VersionChoice),
    )),
    Route("/datasets/{id}/review", curation.ReviewHandler, (
        Operation("GET", "datasets.review", "Labels that a trained model contradicts or is unsure of.", LABEL_REVIEW,
                  query=curation.ReviewQuery),
    )),
    Route("/datasets/{id}/augmentations", curation.AugmentationsHandler, (
        Operation("POST", "datasets.augmentation", "An augmentation as JSON, as text and as code.", AugmentationForms,
                  body=(AugmentationRequest,)),
    )),
    Route("/datasets/{id}/previews", curation.PreviewsHandler, (
        Operation("POST", "datasets.preview", "A picture of what an augmentation does to samples.", PNG,
                  body=(PreviewRequest,)),
    )),
    Route("/datasets/{id}/folder", curation.FolderHandler, (
        Operation("GET", "datasets.open", "Where a data set lies, for kernels on the same machine.", DatasetFolder,
                  query=curation.FolderQuery),
    )),
    Route("/datasets/{id}/export", datasets.ExportHandler, (
        Operation("GET", "datasets.export", "The whole data set as one file.", ZIP, query=datasets.ExportQuery),
    )),
    Route("/datasets/{id}/samples", datasets.SamplesHandler, (
        Operation("GET", "datasets.samples", "A page of samples.", SamplePage, query=datasets.SamplesQuery),
    )),
    Route("/datasets/{id}/samples/{index}/image", datasets.ImageHandler, (
        Operation("GET", "datasets.image", "A sample's image.", PNG),
    )),
    Route("/datasets/{id}/samples/{index}/mask", datasets.MaskHandler, (
        Operation("GET", "datasets.mask", "A sample's mask; its pixel values are class indices.", PNG),
    )),
    Route("/uploads", uploads.UploadsHandler, (
        Operation("GET", "uploads.list", "The uploads that are not imported yet.", UPLOAD_STATE, items=True),
        Operation("POST", "uploads.begin", "Announce a file, or find the upload of the same file.", UPLOAD,
                  body=(UploadRequest,), status=201),
    )),
    Route("/uploads/{id}", uploads.UploadHandler, (
        Operation("GET", "uploads.get", "One upload as it is now.", UPLOAD_STATE),
        Operation("DELETE", "uploads.forget", "Give an upload up.", status=204),
    )),
    Route("/uploads/{id}/parts/{number}", uploads.PartHandler, (
        Operation("POST", "uploads.part", "Send one part of a file.", PartAnswer, query=uploads.PartQuery,
                  body=(ANY_FILE,)),
    )),
    Route("/uploads/{id}/check", uploads.CheckHandler, (
        Operation("POST", "uploads.check", "Begin to look into a file that has arrived.", UPLOAD_STATE,
                  body=(CheckRequest,), status=202),
    )),
    Route("/uploads/{id}/import", uploads.ImportHandler, (
        Operation("POST", "uploads.import_as", "Begin to import a file that has arrived.", UPLOAD_STATE,
                  body=(ImportRequest,), status=202),
    )),
    Route("/uploads/{id}/stop", uploads.StopHandler, (
        Operation("POST", "uploads.stop", "Stop checking or importing; the file stays.", UPLOAD_STATE),
    )),
    Route("/architectures/catalog", architectures.CatalogHandler, (
        Operation("GET", "architectures.catalog", "The kinds of nodes, with ports, parameters and help.", dict),
    )),
    Route("/architectures/templates", architectures.TemplatesHandler, (
        Operation("GET", "architectures.templates", "The ready architectures.", TEMPLATE_CARD, items=True),
    )),
    Route("/architectures/templates/{name}", architectures.TemplateHandler, (
        Operation("GET", "architectures.template", "A ready architecture, fitted to a data set.", DOCUMENT,
                  query=architectures.TemplateQuery),
    )),
    Route("/architectures/networks", architectures.NetworksHandler, (
        Operation("GET", "architectures.networks", "Whole networks of a library by name, with sizes and weights.",
                  NETWORK_CARD, items=True, query=architectures.NetworksQuery),
    )),
    Route("/architectures/check", architectures.CheckHandler, (
        Operation("POST", "architectures.check", "Shapes, costs and issues of a graph.", CHECK_RESULT,
                  body=(DOCUMENT,)),
    )),
    Route("/architectures/emit", architectures.EmitHandler, (
        Operation("POST", "architectures.emit", "The cell that a graph becomes, or another form of its code.",
                  EMITTED_CELL, query=architectures.EmitQuery, body=(DOCUMENT,)),
    )),
    Route("/architectures/generate", architectures.GenerateHandler, (
        Operation("GET", "architectures.generate", "A whole network for a data set, with reasons.", GENERATED,
                  query=architectures.GenerateQuery),
    )),
    Route("/architectures/read", architectures.ReadHandler, (
        Operation("POST", "architectures.read", "The graph that an edited cell describes.", READ_BACK,
                  body=(ReadRequest,)),
    )),
    Route("/architectures/merge", architectures.MergeHandler, (
        Operation("POST", "architectures.merge", "An edited cell with a change of its graph put in.", MERGED,
                  body=(MergeRequest,)),
    )),
    Route("/architectures/compare", versions.CompareHandler, (
        Operation("POST", "architectures.compare", "What leads from one drawing to another, in words and as a picture.",
                  GRAPH_COMPARISON, body=(versions.CompareRequest,)),
    )),
    Route("/versions/{graph}", versions.VersionsHandler, (
        Operation("GET", "versions.list", "The versions of a drawing, the newest first.", VERSION, items=True),
        Operation("POST", "versions.save", "Keep a drawing as it is now, under a name.", VERSION,
                  body=(versions.SaveRequest,), status=201),
    )),
    Route("/versions/{graph}/{id}", versions.VersionHandler, (
        Operation("GET", "versions.get", "What is known about a version.", VERSION),
        Operation("POST", "versions.edit", "Another name or note of a version.", VERSION,
                  body=(versions.EditRequest,)),
        Operation("DELETE", "versions.delete", "Delete a version; the drawing stays.", status=204),
    )),
    Route("/versions/{graph}/{id}/document", versions.VersionDocumentHandler, (
        Operation("GET", "versions.open", "The drawing as it was.", DOCUMENT),
    )),
    Route("/versions/{graph}/{id}/forks", versions.VersionForksHandler, (
        Operation("POST", "versions.fork", "A new drawing that begins as a version was.", DOCUMENT,
                  body=(versions.ForkRequest,), status=201),
    )),
    Route("/jobs", jobs.JobsHandler, (
        Operation("GET", "jobs.list", "Jobs, the newest first.", JOB, items=True, query=jobs.JobsQuery),
        Operation("POST", "jobs.submit", "Queue a job.", JOB, body=(JobRequest,), status=201),
    )),
    Route("/jobs/comparison", jobs.ComparisonHandler, (
        Operation("GET", "jobs.compare", "Runs beside each other: settings, differences, best values.", RUNS_TABLE,
                  query=jobs.ComparisonQuery),
    )),
    Route("/jobs/{id}", jobs.JobHandler, (
        Operation("GET", "jobs.get", "One job as it is now.", JOB),
        Operation("DELETE", "jobs.delete", "Delete a job that has ended.", status=204),
    )),
    Route("/jobs/{id}/cancel", jobs.CancelHandler, (
        Operation("POST", "jobs.cancel", "Ask a job to stop; says what to keep of it.", JOB, body=(CancelRequest,)),
    )),
    Route("/jobs/{id}/pause", jobs.PauseHandler, (
        Operation("POST", "jobs.pause", "Ask a training to stop such that it can go on.", JOB),
    )),
    Route("/jobs/{id}/resume", jobs.ResumeHandler, (
        Operation("POST", "jobs.resume", "Queue a paused job again.", JOB),
    )),
    Route("/jobs/{id}/priority", jobs.PriorityHandler, (
        Operation("POST", "jobs.prioritize", "Put a waiting job before or behind others of its owner.", JOB,
                  body=(PriorityRequest,)),
    )),
    Route("/jobs/{id}/record", jobs.RecordHandler, (
        Operation("GET", "jobs.record", "What a training used: settings, data, versions, processor.", TRAINING_RECORD),
    )),
    Route("/jobs/{id}/drawing", versions.RunDrawingHandler, (
        Operation("GET", "jobs.drawing", "The drawing that a run was started with.", DOCUMENT),
    )),
    Route("/jobs/{id}/forks", versions.RunForksHandler, (
        Operation("POST", "jobs.fork", "A new drawing that begins as the one of a run.", DOCUMENT,
                  body=(versions.ForkRequest,), status=201),
    )),
    Route("/jobs/{id}/experiment", jobs.ExperimentHandler, (
        Operation("GET", "jobs.experiment", "A training as a zip that trains on without PathoLearn Lab.", ZIP,
                  query=jobs.ExperimentQuery),
    )),
    Route("/jobs/{id}/files/{name}", jobs.FileHandler, (
        Operation("GET", "jobs.download", "A file that a job made, as its result names it.", ANY_FILE),
    )),
    Route("/jobs/{id}/diagnosis", jobs.DiagnosisHandler, (
        Operation("GET", "jobs.diagnosis", "What went wrong with a training, and what its curves say.", DIAGNOSIS),
    )),
    Route("/jobs/{id}/copies", jobs.CopiesHandler, (
        Operation("POST", "jobs.copy", "Train a run again, with other settings or from one of its checkpoints.", JOB,
                  body=(CopyRequest,), status=201),
    )),
    Route("/jobs/{id}/reproductions", jobs.ReproductionsHandler, (
        Operation("POST", "jobs.reproduce", "Train a run again as it was.", JOB, body=(ReproductionRequest,),
                  status=201),
    )),
    Route("/jobs/{id}/metrics", jobs.MetricsHandler, (
        Operation("GET", "jobs.metrics", "Metric points after a number.", METRIC_PAGE, query=jobs.MetricsQuery),
    )),
    Route("/jobs/{id}/curves", jobs.CurvesHandler, (
        Operation("GET", "jobs.curves", "Curves thinned to what a screen shows, with last and best values.",
                  CURVE_PAGE, query=jobs.CurvesQuery),
    )),
    Route("/jobs/{id}/log", jobs.LogHandler, (
        Operation("GET", "jobs.log", "A page of the log, searched and filtered.", LOG_PAGE, query=jobs.LogQuery),
    )),
    Route("/jobs/{id}/log.txt", jobs.LogTextHandler, (
        Operation("GET", "jobs.log_text", "The log as text, searched and filtered.", TEXT, query=LogFilter),
    )),
    Route("/cluster", cluster.ClusterHandler, (
        Operation("GET", "cluster.get", "The cluster that jobs run on, with its workers as they are now.", CLUSTER),
    )),
    Route("/cluster/workers", cluster.WorkersHandler, (
        Operation("POST", "cluster.scale", "Change the number of workers.", CLUSTER, body=(ScaleRequest,)),
    )),
    Route("/cluster/stop", cluster.StopHandler, (
        Operation("POST", "cluster.stop", "Close the cluster until the next job comes.", CLUSTER),
    )),
    Route("/models", models.ModelsHandler, (
        Operation("GET", "models.list", "All versions of all models, the newest first.", MODEL_MANIFEST, items=True),
    )),
    Route("/models/{name}", models.ModelHandler, (
        Operation("GET", "models.get", "One model's manifest.", MODEL_MANIFEST, query=models.VersionQuery),
    )),
    Route("/models/{name}/predictions", models.PredictionsHandler, (
        Operation("POST", "models.predict", "Ask a model about an image, a row, or a sample.", PredictionResult,
                  query=models.VersionQuery, body=(SampleRequest, OwnRequest, ANY_IMAGE)),
    )),
    Route("/models/{name}/{version}", models.ModelVersionHandler, (
        Operation("DELETE", "models.delete", "Delete one version of a model.", status=204),
    )),
    Route("/architectures/live", LiveHandler, (
        Operation("GET", "architectures.live", "A websocket: a kernel joins a shared drawing, in Y's protocol.",
                  query=LiveQuery, status=101),
    )),
    Route("/events", EventsHandler, (
        Operation("GET", "events.subscribe", "A websocket: send {subscribe, after}, receive {seq, topic, data}.",
                  status=101),
    )),
)  # fmt: skip


def tornado_handlers(routes: tuple[Route, ...], app: PathoLearnApp) -> list[tuple[str, type, dict[str, Any]]]:
    """Return the routes as tornado takes them; any other address below ours is answered as not found, in our shape."""
    patterns: list[tuple[str, type]] = [(f"/{API}{route.pattern}", route.handler) for route in routes]
    return [(pattern, handler, {"app": app}) for pattern, handler in [*patterns, (f"/{API}/.*", NothingHandler)]]
