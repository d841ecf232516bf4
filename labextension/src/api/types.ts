/** What the server tells about jobs and models: the Python models of the same names, as JSON. */
import type { JobState, Priority } from './job-states';
import type { GraphDocument } from '../generated';

export type Split = 'train' | 'valid' | 'test';
export type Visibility = 'private' | 'group' | 'public';

/** A whole network of a library, before its last layer. */
export interface NetworkCard {
  library: string;
  name: string;
  parameters: number;
  features: number;
  multiply_adds: number;
  height: number;
  width: number;
  any_size: boolean;
  /** The versions of its pre-trained weights, the usual one first. */
  weights: string[];
}

export interface NetworkQuery {
  text?: string;
  pretrained?: boolean;
  limit?: number;
}

export type Complexity = 'small' | 'medium' | 'large';
export type Preference = 'fast' | 'exact';

/** How a network shall be that is drawn for a data set. */
export interface NetworkWishes {
  complexity?: Complexity;
  prefer?: Preference;
  task?: Task;
}

export interface GeneratedNetwork {
  document: GraphDocument;
  reasons: string[];
}

/** The forms that a graph can be written in. */
export type CodeForm = 'cell' | 'compact' | 'explicit' | 'module' | 'sequential' | 'script' | 'notebook';

/** A ready architecture. */
export interface TemplateCard {
  name: string;
  label: string;
  summary: string;
}

export interface Transition {
  state: JobState;
  at: string;
  reason: string;
}

export interface JobProgress {
  done: number;
  total: number | null;
  stage: string;
  eta_s: number | null;
}

/** Long work that goes on without the notebook. */
export interface Job {
  id: string;
  kind: string;
  name: string;
  owner: string;
  visibility: Visibility;
  state: JobState;
  created_at: string;
  started_at: string | null;
  ended_at: string | null;
  transitions: Transition[];
  progress: JobProgress | null;
  error: (ApiErrorData & { traceback: string }) | null;
  result: Record<string, unknown> | null;
  labels: Record<string, string>;
  priority: Priority;
  /** How many times it was started: above 1 it was paused and resumed, or lost its worker. */
  session: number;
  /** Whether it can be paused, and goes on from its last checkpoint. */
  resumable: boolean;
  /** Of a queued job: where it stands, counted from 1, and what it waits for. */
  waiting: { place: number; reason: string } | null;
}

export interface JobQuery {
  kind?: string;
  labels?: Record<string, string>;
  limit?: number;
}

/** What takes memory in a training. */
export interface MemoryPart {
  name: 'weights' | 'gradients' | 'optimizer' | 'activations' | 'images' | 'passing' | 'program';
  label: string;
  text: string;
  bytes: number;
}

/** What a training will need, from one measured batch. */
export interface Estimate {
  device: string;
  parts: MemoryPart[];
  needed_bytes: number;
  available_bytes: number;
  fits: boolean;
  batch_size: number;
  largest_batch: number | null;
  epoch_s: number;
  total_s: number;
  reasons: string[];
}

export interface MetricPoint {
  seq: number;
  name: string;
  value: number | null;
  step: number;
  epoch: number | null;
  time: string;
}

export interface MetricPage {
  points: MetricPoint[];
  next: number;
}

export interface LogLine {
  seq: number;
  stream: 'stdout' | 'stderr' | 'log';
  text: string;
  time: string;
  /** Which process of the job, from 1: a job that was paused has several. */
  session: number;
  level: LogLevel;
}

export type LogLevel = 'debug' | 'info' | 'warning' | 'error';

/** Which lines of a log: with all words of `search`, matching `regex`, of the rest; `level` takes what is graver too. */
export interface LogFilter {
  search?: string;
  regex?: string;
  stream?: LogLine['stream'];
  session?: number;
  level?: LogLevel;
}

/** `before` takes the last lines before a number, instead of the first ones after `after`; -200 counts from the end. */
export interface LogQuery extends LogFilter {
  after?: number;
  before?: number;
  limit?: number;
}

export interface LogPage {
  lines: LogLine[];
  next: number;
  /** The `before` that leads to older lines; null at the beginning. */
  previous: number | null;
  /** Whether there may be more after these. */
  more: boolean;
}

export type Task = 'classification' | 'multilabel' | 'segmentation' | 'regression' | 'reconstruction';

/** One output of a model: what it says. */
export interface ModelOutput {
  name: string;
  task: Task;
  /** Of its classes or values; empty for a reconstruction. */
  classes: string[];
  unit: string;
  thresholds: number[];
}

/** What is known about one version of a model. */
export interface ModelManifest {
  name: string;
  version: number;
  /** What it takes, in this order: `images`, `features` of a table, or both. */
  inputs: string[];
  outputs: ModelOutput[];
  dataset: string;
  job: string;
  graph: string | null;
  owner: string;
  visibility: Visibility;
  created_at: string;
  parity: { max_abs_diff: number; images: number; outputs: Record<string, number> };
  test_metrics: Record<string, number>;
  preprocessing: { channels: number; height: number; width: number; mean: number[]; std: number[] };
  /** The features it takes, with their mean and spread in training; null where it takes none. */
  standardization: { features: string[]; mean: number[]; std: number[] } | null;
  environment: Record<string, unknown>;
}

export interface SampleRequest {
  dataset?: string;
  /** A random one of `split` where it is left out. */
  index?: number;
  split?: Split;
  version?: number;
  /** These take the place of the sample's own. */
  features?: Record<string, number>;
}

export interface ClassAnswer {
  task: 'classification';
  output: string;
  classes: string[];
  probabilities: number[];
  predicted: string;
  /** Null where nobody knows it; so are all truths below. */
  truth: string | null;
}

export interface LabelsAnswer {
  task: 'multilabel';
  output: string;
  labels: { name: string; probability: number; threshold: number; present: boolean; truth: boolean | null }[];
}

export interface ClassArea {
  name: string;
  pixels: number;
  share: number;
  true_pixels: number | null;
  dice: number | null;
  iou: number | null;
}

export interface MaskAnswer {
  task: 'segmentation';
  output: string;
  /** A grey PNG in base64, whose pixel values are class indices. */
  mask: string;
  truth: string | null;
  areas: ClassArea[];
  accuracy: number | null;
}

export interface ValuesAnswer {
  task: 'regression';
  output: string;
  values: { name: string; value: number; truth: number | null; error: number | null }[];
  unit: string;
}

export interface ImageAnswer {
  task: 'reconstruction';
  output: string;
  /** A PNG in base64, as is the difference, in which white is `largest_difference`. */
  image: string;
  difference: string;
  largest_difference: number;
  mean_absolute_error: number;
  mean_squared_error: number;
}

export type Answer = ClassAnswer | LabelsAnswer | MaskAnswer | ValuesAnswer | ImageAnswer;

/** Which sample of which data set. */
export interface SampleRef {
  dataset: string;
  index: number;
  class_name: string | null;
}

export interface PredictionResult {
  model: { name: string; version: number };
  /** One for each output of the model. */
  answers: Answer[];
  sample: SampleRef | null;
  /** The image as the model saw it, a PNG in base64; null where only features were given. */
  image: string | null;
  /** The row of features that went in; empty for a model that takes none. */
  features: Record<string, number>;
}

/** Something that happened. */
export interface ApiEvent {
  topic: string;
  data: unknown;
}

/** The one shape in which errors travel. */
export interface ApiErrorData {
  error: string;
  message: string;
  hint: string;
  details: Record<string, unknown>;
}
