// Written by `patholearn schema export`. Do not edit.

import type { ParamValue } from './document';

/** What a cell says about itself, read without running it. */
export interface CellFacts {
  class_name: string | null;
  settings: Record<string, ParamValue>;
  targets: string[];
  syntax_error: SyntaxProblem | null;
}

/** The cell of a graph. */
export interface EmittedCell {
  code: string;
  lines: Record<string, [number, number]>;
  names: Record<string, string>;
  class_name: string;
  hash: string;
}

/** Why a cell is no Python, and where. */
export interface SyntaxProblem {
  line: number;
  message: string;
}
