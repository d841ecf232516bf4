// Written by `patholearn schema export`. Do not edit.

export const SCHEMA_VERSION = 1;
export const MAX_NODES = 2000;

export type ParamValue = boolean | number | string | null;

/** An architecture. Immutable: `apply` gives changed copies. */
export interface GraphDocument {
  schemaVersion: number;
  nodes: Record<string, GraphNode>;
  edges: Record<string, GraphEdge>;
  groups: Record<string, Group>;
  meta: Meta;
}

/** A connection from an output port of one node to an input port of another. */
export interface GraphEdge {
  from: string;
  fromPort: string;
  to: string;
  toPort: string;
}

/** Nodes that belong together. */
export interface Group {
  label: string;
  nodes: string[];
}

/** What identifies a graph: an id that is made once, and a name for people. */
export interface Meta {
  id: string;
  name: string;
}

/** One node: a kind with its parameters, a place, and a note of the person who drew it. */
export interface GraphNode {
  kind: string;
  params: Record<string, ParamValue>;
  x: number;
  y: number;
  note: string;
}
