// Written by `patholearn schema export`. Do not edit.

import type { Block, Comment, Frame, GraphEdge, GraphNode, Meta, ParamValue, Remark } from './document';

/** Connect two ports, or replace the edge with that id. */
export interface AddEdge {
  op: 'addEdge';
  id: string;
  edge: GraphEdge;
}

/** Put a node into the graph, or replace the one with that id. */
export interface AddNode {
  op: 'addNode';
  id: string;
  node: GraphNode;
}

/** Move a node's center. */
export interface MoveNode {
  op: 'moveNode';
  id: string;
  x: number;
  y: number;
}

/** Take the definition of a block out. Nodes that stand for it stay, and are of an unknown kind then. */
export interface RemoveBlock {
  op: 'removeBlock';
  id: string;
}

/** Take a comment away, together with the answers to it. */
export interface RemoveComment {
  op: 'removeComment';
  id: string;
}

/** Take an edge out. */
export interface RemoveEdge {
  op: 'removeEdge';
  id: string;
}

/** Take a frame away. Its nodes stay. */
export interface RemoveFrame {
  op: 'removeFrame';
  id: string;
}

/** Take a node out, together with its edges. What was commented on it stays, in case the node comes back. */
export interface RemoveNode {
  op: 'removeNode';
  id: string;
}

/** Take a remark away. */
export interface RemoveRemark {
  op: 'removeRemark';
  id: string;
}

/** Define a block, or replace the definition with that id: all its uses follow. */
export interface SetBlock {
  op: 'setBlock';
  id: string;
  block: Block;
}

/** Pin a comment to a node, or replace the one with that id. */
export interface SetComment {
  op: 'setComment';
  id: string;
  comment: Comment;
}

/** Put a frame around nodes, or replace the one with that id. */
export interface SetFrame {
  op: 'setFrame';
  id: string;
  frame: Frame;
}

/** Turn a node into one of another kind. Its edges, place, note and parameters stay. */
export interface SetKind {
  op: 'setKind';
  id: string;
  kind: string;
}

/** Replace the graph's id and name. */
export interface SetMeta {
  op: 'setMeta';
  meta: Meta;
}

/** Change what a node is called. */
export interface SetNote {
  op: 'setNote';
  id: string;
  note: string;
}

/** Set some parameters and leave the others; null resets one to its default. */
export interface SetParams {
  op: 'setParams';
  id: string;
  params: Record<string, ParamValue>;
}

/** Put a remark onto the canvas, or replace the one with that id. */
export interface SetRemark {
  op: 'setRemark';
  id: string;
  remark: Remark;
}

export type Operation =
  | AddNode
  | RemoveNode
  | SetParams
  | SetKind
  | MoveNode
  | SetNote
  | AddEdge
  | RemoveEdge
  | SetMeta
  | SetBlock
  | RemoveBlock
  | SetFrame
  | RemoveFrame
  | SetRemark
  | RemoveRemark
  | SetComment
  | RemoveComment;
