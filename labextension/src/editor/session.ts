/** What of an editor must outlive its view: a notebook draws the view anew whenever its cell is moved. */
import type { CheckResult } from '../generated';
import type { GraphStore } from '../graph';
import type { InStep } from './cell/cell-link';

export interface Viewport {
  zoom: number;
  pan: { x: number; y: number };
}

export interface Selection {
  nodes: ReadonlySet<string>;
  edges: ReadonlySet<string>;
}

export const NOTHING: Selection = { nodes: new Set(), edges: new Set() };

export class EditorSession {
  viewport: Viewport | undefined;
  /** Whether the view follows the canvas' size so that all is in it; until somebody pans or zooms. */
  fits = false;
  selection: Selection = NOTHING;
  /** The last answer to a check, shown at once in a new view. */
  check: CheckResult | undefined;
  /** Where graph and cell last said the same. */
  inStep: InStep | undefined;

  constructor(readonly store: GraphStore) {}
}
