/** The history of drawings; the models are those of `patholearn_lab/services/versions.py` and `client/versions.py`. */
import type { GraphDocument } from '../generated';

export interface Version {
  id: string;
  /** The drawing's `meta.id`. */
  graph: string;
  /** Empty for one that a training kept, until it gets one. */
  name: string;
  note: string;
  author: string;
  created_at: string;
  layers: number;
  parameters: number;
  /** The trainings of exactly this drawing, the newest first. */
  runs: string[];
}

export interface DifferenceLine {
  /** New, gone, changed, or nothing that the code sees. */
  sign: '+' | '-' | '~' | ' ';
  text: string;
  node: string | null;
}

/** What leads from one drawing to another. */
export interface GraphComparison {
  /** Whether both are the same network; where its nodes stand may differ. */
  same: boolean;
  lines: DifferenceLine[];
  /** Both in one picture, as SVG. */
  picture: string;
}

export interface VersionsApi {
  /** The newest first. */
  list(graph: string): Promise<Version[]>;
  save(document: GraphDocument, name: string, note?: string): Promise<Version>;
  /** The drawing as it was. */
  open(graph: string, id: string): Promise<GraphDocument>;
  edit(graph: string, id: string, changes: { name?: string; note?: string }): Promise<Version>;
  delete(graph: string, id: string): Promise<void>;
  /** A new drawing that begins as the version was, with an id of its own. */
  fork(graph: string, id: string, name: string): Promise<GraphDocument>;
}
