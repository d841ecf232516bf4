/** What the editor, the widgets and the labextension call; the client's interface of Python in camelCase. */
import type { Catalog, CheckResult, EmittedCell, GraphDocument, Merged, ReadBack } from '../generated';
import type {
  BuiltinCard,
  CardEdits,
  Comparison,
  DatasetChange,
  Duplicates,
  ExportFormat,
  ImportChoices,
  LabelReview,
  Leaks,
  Manifest,
  MeasuringState,
  Quality,
  ReviewQuery,
  SamplePage,
  SampleQuery,
  TableChoices,
  Upload,
  UploadState
} from './dataset-types';
import type { ClusterStatus } from './cluster-types';
import type { Keep, Priority } from './job-states';
import type { CurvePage, Diagnosis, RunsTable, TrainingRecord } from './run-types';
import type { GraphComparison, VersionsApi } from './version-types';
import type {
  ApiEvent,
  CodeForm,
  GeneratedNetwork,
  Job,
  JobQuery,
  LogPage,
  LogQuery,
  MetricPage,
  ModelManifest,
  NetworkCard,
  NetworkQuery,
  NetworkWishes,
  PredictionResult,
  SampleRequest,
  TemplateCard
} from './types';

export interface DatasetsApi {
  list(): Promise<Manifest[]>;
  builtins(): Promise<BuiltinCard[]>;
  get(id: string): Promise<Manifest>;
  /** The card; a built-in set is made first where it is not stored yet (some seconds). */
  ensure(id: string): Promise<Manifest>;
  createBuiltin(builtin: string, id?: string, parameters?: Record<string, unknown>): Promise<Manifest>;
  /** Says something else about a set; its versions stay as they are. */
  edit(id: string, edits: CardEdits): Promise<Manifest>;
  /** The cards of all versions, the newest first. */
  versions(id: string): Promise<Manifest[]>;
  compare(id: string, before: number, after: number): Promise<Comparison>;
  /** Reads every image of the set the first time. */
  quality(id: string): Promise<Quality>;
  /** Makes a further version; the one before stays as it is. */
  change(id: string, change: DatasetChange): Promise<Manifest>;
  /** The labels that a trained model doubts. */
  review(id: string, model: string, query?: ReviewQuery): Promise<LabelReview>;
  /** Begins to measure the images, which `quality` and `duplicates` need; events `measuring.<id>` say how far it is. */
  measure(id: string): Promise<MeasuringState>;
  measuring(id: string): Promise<MeasuringState>;
  stopMeasuring(id: string): Promise<MeasuringState>;
  /** Equal images, and those whose hashes differ in at most `distance` of 64 bits. */
  duplicates(id: string, distance?: number): Promise<Duplicates>;
  leaks(id: string): Promise<Leaks>;
  /** The whole set as one file that other programs read. */
  export(id: string, format: ExportFormat): Promise<Blob>;
  /** Refused while runs use it. */
  delete(id: string): Promise<void>;
  samples(id: string, query?: SampleQuery): Promise<SamplePage>;
  /** A PNG. */
  image(id: string, index: number): Promise<Blob>;
  /** A grey PNG whose pixel values are class indices. */
  mask(id: string, index: number): Promise<Blob>;
}

/** Files that are sent in parts, looked into, and imported. */
export interface UploadsApi {
  /** Announces a file, or finds the upload of the same file; `checksum` is the CRC-32 of its first part. */
  begin(fileName: string, size: number, checksum: number): Promise<Upload>;
  /** Sends one part, and returns how many are still missing. */
  part(id: string, number: number, data: ArrayBuffer, checksum: number): Promise<number>;
  list(): Promise<UploadState[]>;
  get(id: string): Promise<UploadState>;
  /** Looks into a file; again, where `table` says something else about the columns of a table. */
  check(id: string, table?: TableChoices): Promise<UploadState>;
  importAs(id: string, dataset: string, choices: ImportChoices): Promise<UploadState>;
  /** Stops checking or importing; the file stays. */
  stop(id: string): Promise<UploadState>;
  forget(id: string): Promise<void>;
}

export interface ArchitecturesApi {
  catalog(): Promise<Catalog>;
  templates(): Promise<TemplateCard[]>;
  template(name: string, dataset?: string): Promise<GraphDocument>;
  /** Whole networks of `torchvision`, `timm` or `smp` that somebody may mean, the best first. */
  networks(library: string, query?: NetworkQuery): Promise<NetworkCard[]>;
  check(document: GraphDocument): Promise<CheckResult>;
  /** The cell that a graph becomes, or another form of its code. */
  emit(document: GraphDocument, form?: CodeForm): Promise<EmittedCell>;
  /** A whole network for a data set, with a reason for each decision. */
  generate(dataset: string, wishes?: NetworkWishes): Promise<GeneratedNetwork>;
  /** The graph that an edited cell describes; `document` is the graph from before. */
  read(code: string, document: GraphDocument): Promise<ReadBack>;
  /** An edited cell with the change from `document` to `changed` put in. */
  merge(code: string, document: GraphDocument, changed: GraphDocument): Promise<Merged>;
  /** What leads from one drawing to another. */
  compare(before: GraphDocument, after: GraphDocument): Promise<GraphComparison>;
}

export interface JobsApi {
  submit(
    kind: string,
    payload: Record<string, unknown>,
    options?: { name?: string; labels?: Record<string, string> }
  ): Promise<Job>;
  list(query?: JobQuery): Promise<Job[]>;
  get(id: string): Promise<Job>;
  /** Asks it to stop; `keep` says what is kept of it. */
  cancel(id: string, keep?: Keep | null): Promise<Job>;
  /** Asks it to stop such that it can go on from its last checkpoint. */
  pause(id: string): Promise<Job>;
  resume(id: string): Promise<Job>;
  /** Puts a waiting job before or behind others of its owner. */
  prioritize(id: string, priority: Priority): Promise<Job>;
  /** The same training once more: with other settings, or on from one of its states. */
  copy(id: string, changes?: Record<string, unknown>, checkpoint?: 'best' | 'last'): Promise<Job>;
  /** What went wrong, and what the curves say. */
  diagnosis(id: string): Promise<Diagnosis>;
  /** A zip of the training that goes on with torch and lightning alone: code, weights, environment. */
  experiment(id: string): Promise<Blob>;
  /** A new drawing that begins as the one that the run was started with, with an id of its own. */
  fork(id: string, name: string): Promise<GraphDocument>;
  delete(id: string): Promise<void>;
  /** What a training used. */
  record(id: string): Promise<TrainingRecord>;
  /** Up to 20 runs beside each other. */
  compare(ids: readonly string[]): Promise<RunsTable>;
  /** Every curve with at most `points` points, and the last and the best value of each metric. */
  curves(id: string, points?: number): Promise<CurvePage>;
  metrics(id: string, after?: number): Promise<MetricPage>;
  log(id: string, query?: LogQuery): Promise<LogPage>;
}

export interface ClusterApi {
  get(): Promise<ClusterStatus>;
  /** Changes the number of workers. */
  scale(workers: number): Promise<ClusterStatus>;
  /** Closes it until the next job comes. */
  stop(): Promise<ClusterStatus>;
}

export interface ModelsApi {
  list(): Promise<ModelManifest[]>;
  get(name: string, version?: number): Promise<ModelManifest>;
  delete(name: string, version: number): Promise<void>;
  /** The image is null for a model of features alone; a model without features takes none. */
  predict(
    name: string,
    image: Blob | null,
    version?: number,
    features?: Record<string, number>
  ): Promise<PredictionResult>;
  predictSample(name: string, request?: SampleRequest): Promise<PredictionResult>;
}

export interface EventsApi {
  /**
   * Calls back with every event of the topics from now on, and returns what ends that.
   *
   * Topics are `jobs`, `job.<id>` (its metrics and log), `datasets`, `measuring.<id>`, `uploads.<id>`, `models`, `versions`, or `*`. An event `events.missed` says
   * that some were lost on the way: read again what you show.
   */
  subscribe(callback: (event: ApiEvent) => void, topics: string[]): () => void;
}

/** PathoLearn Lab, whatever lies between. Calls reject with an `ApiError`. */
export interface PatholearnApi {
  datasets: DatasetsApi;
  uploads: UploadsApi;
  architectures: ArchitecturesApi;
  versions: VersionsApi;
  jobs: JobsApi;
  cluster: ClusterApi;
  models: ModelsApi;
  events: EventsApi;
  /** Ends the subscriptions; a view calls it when it is removed. */
  dispose(): void;
}
