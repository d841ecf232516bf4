// Written by `patholearn schema export`. Do not edit.

import type { ParamType } from './catalog';

export const SCHEMA_VERSION = 4;
export const MAX_NODES = 2000;
export const MAX_EDGES = 10000;
export const MAX_BLOCKS = 200;
export const MAX_TEXT = 20000;
export const MAX_FRAMES = 500;
export const MAX_REMARKS = 500;
export const MAX_COMMENTS = 1000;
export const MAX_BYTES = 8000000;
export const ID = /^[A-Za-z_][A-Za-z0-9_-]{0,63}$/;

export type ParamValue = boolean | number | string | null;

export type Color = 'gray' | 'blue' | 'green' | 'yellow' | 'red' | 'purple';

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

/** What somebody says about a node, or answers to what was said: plain text, with who wrote it and when. */
export interface Comment {
  node: string;
  text: string;
  author: string;
  account: string;
  time: string;
  answerTo: string | null;
  resolved: boolean;
}

/** An architecture. Immutable: `apply` gives changed copies. */
export interface GraphDocument {
  schemaVersion: number;
  nodes: Record<string, GraphNode>;
  edges: Record<string, GraphEdge>;
  blocks: Record<string, Block>;
  frames: Record<string, Frame>;
  remarks: Record<string, Remark>;
  comments: Record<string, Comment>;
  meta: Meta;
}

/** A connection from an output port of one node to an input port of another. */
export interface GraphEdge {
  from: string;
  fromPort: string;
  to: string;
  toPort: string;
}

/** A colored frame around nodes that belong together. It follows them wherever they stand. */
export interface Frame {
  label: string;
  color: Color;
  nodes: string[];
}

/** What identifies a graph: an id that is made once, and a name for people. */
export interface Meta {
  id: string;
  name: string;
  origin?: string;
}

/** One node: a kind with its parameters, a place, and a note of the person who drew it. */
export interface GraphNode {
  kind: string;
  params: Record<string, ParamValue>;
  x: number;
  y: number;
  note: string;
}

/** A note on the canvas, beside the network: its text, its center, and its size in CSS px at zoom 1. */
export interface Remark {
  text: string;
  color: Color;
  x: number;
  y: number;
  width: number;
  height: number;
}
