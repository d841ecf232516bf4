// Written by `patholearn schema export`. Do not edit.

import type { ParamType } from './catalog';

export const SCHEMA_VERSION = 2;
export const MAX_NODES = 2000;
export const MAX_EDGES = 10000;
export const MAX_BLOCKS = 200;
export const MAX_TEXT = 20000;
export const MAX_BYTES = 8000000;
export const ID = /^[A-Za-z_][A-Za-z0-9_-]{0,63}$/;

export type ParamValue = boolean | number | string | null;

/** The definition of a block. */
export interface Block {
  label: string;
  params: BlockParam[];
  nodes: Record<string, GraphNode>;
  edges: Record<string, GraphEdge>;
  inputs: BlockInput[];
  outputs: BlockOutput[];
}

/** Where what comes in at the block's port `name` goes to. */
export interface BlockInput {
  name: string;
  label: string;
  node: string;
  port: string;
  edge: string;
}

/** Which port inside gives what leaves the block at the port `name`. */
export interface BlockOutput {
  name: string;
  label: string;
  node: string;
  port: string;
}

/** One setting of a block, declared as those of the kinds are. Its name is a Python name, as code needs it. */
export interface BlockParam {
  name: string;
  type: ParamType;
  default: ParamValue;
  label: string;
  help: string;
  minimum: number | null;
  maximum: number | null;
  choices: string[];
  unit: string;
  basic: boolean;
}

/** An architecture. Immutable: `apply` gives changed copies. */
export interface GraphDocument {
  schemaVersion: number;
  nodes: Record<string, GraphNode>;
  edges: Record<string, GraphEdge>;
  groups: Record<string, Group>;
  blocks: Record<string, Block>;
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
