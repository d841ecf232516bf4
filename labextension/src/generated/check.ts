// Written by `patholearn schema export`. Do not edit.

import type { Operation } from './operations';

export type Severity = 'error' | 'warning' | 'advice';

/** Everything the editor shows about a graph besides the graph. What is inside a block has the key ``use/inner``. */
export interface CheckResult {
  nodes: Record<string, NodeFacts>;
  issues: Issue[];
  totals: Totals;
  runnable: boolean;
}

/** Something that a person should look at. */
export interface Issue {
  code: string;
  severity: Severity;
  message: string;
  node: string | null;
  path: string[];
  edge: string | null;
  mend: Mend | null;
  other_mends: Mend[];
}

/** A way out of an issue: what the button says, and the operations that it applies. */
export interface Mend {
  label: string;
  operations: Operation[];
}

/** What is known about one node, for one image (the batch axis is left out everywhere). */
export interface NodeFacts {
  outputs: Record<string, number[]>;
  parameters: number;
  frozen_parameters: number;
  multiply_adds: number;
  memory_bytes: number;
  receptive_field: number | null;
}

/** Why two ports cannot be connected, and what would help. */
export interface Refusal {
  code: string;
  message: string;
  mend: Mend | null;
}

/** Sums over the graph; `layers` counts the nodes between data set and output. */
export interface Totals {
  parameters: number;
  frozen_parameters: number;
  multiply_adds: number;
  memory_bytes: number;
  layers: number;
}
