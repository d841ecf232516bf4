// Written by `patholearn schema export`. Do not edit.

import type { Severity } from './check';
import type { GraphDocument, ParamValue } from './document';
import type { Operation } from './operations';

/** What a cell says about itself, read without running it. */
export interface CellFacts {
  class_name: string | null;
  settings: Record<string, ParamValue>;
  inputs: string[];
  targets: string[];
  syntax_error: SyntaxProblem | null;
}

/** Something in an edited cell that the graph cannot show, or shows otherwise. */
export interface CodeIssue {
  code: string;
  severity: Severity;
  line: number;
  message: string;
  node: string | null;
}

/** Lines that the cell's author and the graph both changed. The author's stay in the cell. */
export interface Conflict {
  line: number;
  yours: string;
  graph: string;
  nodes: string[];
  message: string;
}

/** The cell of a graph. */
export interface EmittedCell {
  code: string;
  lines: Record<string, [number, number]>;
  names: Record<string, string>;
  class_name: string;
  hash: string;
}

/** An edited cell after a change of its graph. */
export interface Merged {
  code: string;
  conflicts: Conflict[];
}

/** An edited cell, read back into its graph. */
export interface ReadBack {
  document: GraphDocument;
  operations: Operation[];
  issues: CodeIssue[];
  lines: Record<string, [number, number]>;
  uses: Record<string, [number, number]>;
  complete: boolean;
}

/** Why a cell is no Python, and where. */
export interface SyntaxProblem {
  line: number;
  message: string;
}
