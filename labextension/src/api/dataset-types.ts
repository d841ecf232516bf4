/** Data sets, their uploads, reports and versions: the Python models of the same names, as JSON. */
import type { ApiErrorData, JobProgress, Split, Visibility } from './types';

/** The card of a data set. */
export interface Manifest {
  id: string;
  name: string;
  version: number;
  task: 'classification' | 'segmentation' | 'multilabel' | 'regression';
  classes: string[];
  /** 0 where the set is a table without images. */
  channels: 0 | 1 | 3;
  height: number;
  width: number;
  /** Samples of each class in each split; where samples have no class of their own one entry, `all`. */
  splits: Partial<Record<Split, Record<string, number>>>;
  mean: number[];
  std: number[];
  arrays: string[];
  /** What its groups are, such as `patient`; empty where nobody said. */
  grouped_by: string;
  /** The columns of its table: numbers that each sample has beside its image. */
  features: string[];
  description: string;
  source: string;
  licence: string;
  notes: string[];
  /** What made this version of its first one. */
  changes: { kind: string }[];
  drawn: boolean;
  computed_labels: boolean;
  parameters: Record<string, unknown>;
  created_at: string;
  created_by: string;
  owner: string;
  visibility: Visibility;
  content_hash: string;
}

/** A data set that comes with the package, stored already or not. */
export interface BuiltinCard {
  id: string;
  name: string;
  description: string;
  parameters: Record<string, unknown>;
  stored: boolean;
}

export interface Sample {
  index: number;
  /** Where it came from, such as its file name. */
  name: string;
  split: Split;
  class_name: string | null;
  /** Its row of the table, in the order of the manifest's features. */
  features: number[];
}

export interface SamplePage {
  samples: Sample[];
  /** The `after` of the next page, or null at the end. */
  next: number | null;
  total: number;
}

export interface SampleQuery {
  split?: Split;
  className?: string;
  /** A part of the sample's name. */
  text?: string;
  /** Images that the report on their quality finds to be so. */
  looks?: Looks;
  after?: number;
  limit?: number;
}

/** A file on its way to the server. */
export interface Upload {
  id: string;
  file_name: string;
  size: number;
  part_bytes: number;
  created_at: string;
  /** CRC-32 of each part that is there; null for one that is missing. */
  checksums: (number | null)[];
}

export type UploadPhase = 'receiving' | 'arrived' | 'checking' | 'checked' | 'refused' | 'importing' | 'imported';

/** An upload and what became of it. */
export interface UploadState {
  upload: Upload;
  state: UploadPhase;
  progress: JobProgress | null;
  preview: Preview | null;
  error: ApiErrorData | null;
  dataset: string | null;
}

/** An example in a preview: a PNG in base64. */
export interface Example {
  name: string;
  class_name: string | null;
  image: string;
}

/** What was found in a file. */
export interface Preview extends Pick<
  Manifest,
  'name' | 'task' | 'classes' | 'channels' | 'height' | 'width' | 'splits' | 'features' | 'licence' | 'notes'
> {
  format: string;
  description: string;
  examples: Example[];
  /** Of a table without images. */
  table: TablePreview | null;
}

export type ColumnRole = 'input' | 'output' | 'group' | 'split' | 'left out';

export interface TableColumn {
  name: string;
  type: 'int' | 'float' | 'binary' | 'label';
  role: ColumnRole;
  missing: number;
}

/** How a table is written, what its columns are, and its first lines. */
export interface TablePreview {
  encoding: string;
  delimiter: string;
  decimal: string;
  columns: TableColumn[];
  lines: string[][];
}

/** What the columns of a table are for. */
export interface TableChoices {
  inputs: string[];
  outputs: string[];
  one_hot: string[];
  group?: string;
  split?: string;
}

export interface SplitShares {
  valid: number;
  test: number;
  seed: number;
}

/** What is decided while a file is imported; what is left out is as the file says it. */
export interface ImportChoices {
  name?: string;
  licence?: string;
  description?: string;
  visibility?: Visibility;
  split?: SplitShares;
  table?: TableChoices;
}

/** What is said anew about a data set. */
export type CardEdits = Partial<Pick<Manifest, 'name' | 'licence' | 'description' | 'visibility'>>;

export type ExportFormat = 'folders' | 'deephealth' | 'npz';

/** How a figure is spread over the images of a set. */
export interface Distribution {
  mean: number;
  std: number;
  smallest: number;
  median: number;
  largest: number;
  /** One more than `counts`. */
  edges: number[];
  counts: number[];
  by_class: Record<string, number>;
  by_split: Partial<Record<Split, number>>;
}

/** Samples that look as if they should not be there; the first 500 of them. */
export interface Suspects {
  total: number;
  samples: number[];
}

/** What can be seen in the images of a set without knowing what they show. */
export interface Quality {
  brightness: Distribution;
  contrast: Distribution;
  sharpness: Distribution;
  stains: Record<string, Distribution>;
  blank: Suspects;
  blurred: Suspects;
}

export type ChangeKind = 'added' | 'removed' | 'relabelled' | 'moved';

/** What is different in a later version of a data set. */
export interface Comparison {
  before: number;
  after: number;
  equal: boolean;
  facts: { name: string; before: string; after: string }[];
  counts: Partial<Record<ChangeKind, number>>;
  samples: { what: ChangeKind; name: string; index: number; before: string; after: string }[];
}

/** What a change of a data set says; each makes a further version. */
export type DatasetChange =
  | { kind: 'divide'; by: DivideBy; valid: number; test: number; folds: number; seed: number }
  | { kind: 'group'; pattern: string }
  | {
      kind: 'reclass';
      of?: 'labels' | 'masks';
      keep?: string[];
      merge?: Record<string, string[]>;
      rename?: Record<string, string>;
      not_annotated?: string[];
    }
  | { kind: 'relabel'; labels: Record<number, string | null> }
  | { kind: 'drop'; samples: number[] }
  | { kind: 'move'; samples: number[]; split: Split };

export type DivideBy = 'stratified' | 'random' | 'group' | 'folder';

/** Which model is asked about which samples; the newest version, all splits and 50 doubts where they are left out. */
export interface ReviewQuery {
  version?: number;
  split?: Split;
  limit?: number;
}

/** A sample whose label is worth a look. */
export interface Doubt {
  index: number;
  split: Split;
  /** Null where nobody annotated it. */
  given: string | null;
  suggested: string;
  given_probability: number;
  suggested_probability: number;
  reason: 'contradicts' | 'not_annotated' | 'unsure';
}

/** The labels of a set as a trained model sees them, the most urgent doubts first. */
export interface LabelReview {
  dataset: string;
  version: number;
  model: string;
  model_version: number;
  judged: number;
  contradicting: number;
  not_annotated: number;
  doubts: Doubt[];
}

/** How far the measuring of a set's images is. */
export interface MeasuringState {
  dataset: string;
  version: number;
  state: 'open' | 'measuring' | 'measured' | 'failed';
  progress: JobProgress | null;
  error: ApiErrorData | null;
}

/** One picture of a group of equal or almost equal ones; `distance` is in bits of its hash from the first of them. */
export interface Duplicate {
  index: number;
  split: Split;
  class_name: string | null;
  distance: number;
}

export interface DuplicateGroup {
  samples: Duplicate[];
  /** All have the same pixels. */
  exact: boolean;
  /** They lie in more than one split. */
  leaks: boolean;
  /** They have more than one class. */
  contradicts: boolean;
}

/** Equal and almost equal pictures; groups that leak first, 500 at most. */
export interface Duplicates {
  dataset: string;
  version: number;
  distance: number;
  total: number;
  leaking: number;
  contradicting: number;
  groups: DuplicateGroup[];
}

/** Patients or slides that are in more than one split; the first 100 of them. */
export interface Leaks {
  grouped_by: string;
  groups: number;
  total: number;
  shared: { name: string; samples: Partial<Record<Split, number>> }[];
}

/** How images may look that should perhaps not be there. */
export type Looks = 'blank' | 'blurred';
