/** The curves of runs, what they say, what runs used, and several of them beside each other. */
import type { JobState } from './job-states';

/** The points of one curve that are shown, of `total`: lists of one length. Times are seconds since 1970. */
export interface CurvePoints {
  steps: number[];
  epochs: (number | null)[];
  times: number[];
  values: number[];
  total: number;
}

/** The last and the best value of a metric, and their epochs, counted from 1. */
export interface CurveFigure {
  name: string;
  last: number;
  last_epoch: number | null;
  best: number;
  best_epoch: number | null;
}

/** The curves of a run; what comes later begins at `next`. */
export interface CurvePage {
  curves: Record<string, CurvePoints>;
  figures: CurveFigure[];
  next: number;
}

/** What a training used. */
export interface TrainingRecord {
  settings: Record<string, unknown>;
  code_hash: string;
  dataset: { id: string; version: number };
}

/** Runs beside each other: `differences` has the settings in which they are not all alike, a value for each run. */
export interface RunsTable {
  runs: {
    id: string;
    name: string;
    state: JobState;
    settings: Record<string, unknown>;
    best: Record<string, number>;
  }[];
  differences: Record<string, unknown[]>;
}

/** The part of a curve that a finding is about; epochs are counted from 1. */
export interface Evidence {
  curve: string;
  first: number;
  last: number;
  low: number | null;
  high: number | null;
  note: string;
}

/** Something to try; `changes` are settings of a training, empty where it takes a change of network or data. */
export interface Remedy {
  label: string;
  changes: Record<string, unknown>;
}

export interface Finding {
  code: string;
  severity: 'warning' | 'advice';
  title: string;
  sentence: string;
  explanation: string;
  evidence: Evidence[];
  remedies: Remedy[];
}

/** What went wrong with a run, and what its curves say. */
export interface Diagnosis {
  epochs: number;
  failure: Finding | null;
  findings: Finding[];
}
