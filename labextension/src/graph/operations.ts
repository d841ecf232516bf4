/**
 * How a document changes: small operations, the same in Python and TypeScript (`tests/golden/operations.json`).
 *
 * A list of operations is one undo step. An operation on something that is not there does nothing: somebody else may
 * have removed it a moment before. An id that is taken is the exception, where the newcomer replaces what was there.
 */
import type { Frame, GraphDocument, GraphEdge, GraphNode, Operation, ParamValue } from '../generated';

/** The document after the operations, in their order. The given document stays as it is. */
export function apply(document: GraphDocument, operations: readonly Operation[]): GraphDocument {
  return operations.reduce(applyOne, document);
}

/** The operations that undo `operations`, which are about to be applied to `document`. */
export function invert(document: GraphDocument, operations: readonly Operation[]): Operation[] {
  const inverse: Operation[] = [];
  let current = document;
  for (const operation of operations) {
    inverse.unshift(...invertOne(current, operation));
    current = applyOne(current, operation);
  }
  return inverse;
}

function applyOne(document: GraphDocument, operation: Operation): GraphDocument {
  const { nodes, edges } = document;
  switch (operation.op) {
    case 'addNode':
      return { ...document, nodes: { ...nodes, [operation.id]: operation.node } };
    case 'removeNode':
      return operation.id in nodes ? withoutNode(document, operation.id) : document;
    case 'setParams':
      return withNode(document, operation.id, node => ({ ...node, params: merged(node.params, operation.params) }));
    case 'setKind':
      return withNode(document, operation.id, node => ({ ...node, kind: operation.kind }));
    case 'moveNode':
      return withNode(document, operation.id, node => ({ ...node, x: operation.x, y: operation.y }));
    case 'setNote':
      return withNode(document, operation.id, node => ({ ...node, note: operation.note }));
    case 'addEdge':
      return operation.edge.from in nodes && operation.edge.to in nodes
        ? { ...document, edges: { ...edges, [operation.id]: operation.edge } }
        : document;
    case 'removeEdge':
      return { ...document, edges: without(edges, operation.id) };
    case 'setMeta':
      return { ...document, meta: operation.meta };
    case 'setBlock':
      return { ...document, blocks: { ...document.blocks, [operation.id]: operation.block } };
    case 'removeBlock':
      return operation.id in document.blocks
        ? { ...document, blocks: without(document.blocks, operation.id) }
        : document;
    case 'setFrame':
      return { ...document, frames: { ...document.frames, [operation.id]: operation.frame } };
    case 'removeFrame':
      return { ...document, frames: without(document.frames, operation.id) };
    case 'setRemark':
      return { ...document, remarks: { ...document.remarks, [operation.id]: operation.remark } };
    case 'removeRemark':
      return { ...document, remarks: without(document.remarks, operation.id) };
    case 'setComment':
      return { ...document, comments: { ...document.comments, [operation.id]: operation.comment } };
    case 'removeComment':
      return operation.id in document.comments ? withoutComment(document, operation.id) : document;
  }
}

function invertOne(document: GraphDocument, operation: Operation): Operation[] {
  if (operation.op === 'setMeta') {
    return [{ op: 'setMeta', meta: document.meta }];
  }
  const { id } = operation;
  if (operation.op === 'setBlock' || operation.op === 'removeBlock') {
    const block = document.blocks[id];
    if (block) {
      return [{ op: 'setBlock', id, block }];
    }
    return operation.op === 'setBlock' ? [{ op: 'removeBlock', id }] : [];
  }
  if (operation.op === 'setFrame' || operation.op === 'removeFrame') {
    const frame = document.frames[id];
    if (frame) {
      return [{ op: 'setFrame', id, frame }];
    }
    return operation.op === 'setFrame' ? [{ op: 'removeFrame', id }] : [];
  }
  if (operation.op === 'setRemark' || operation.op === 'removeRemark') {
    const remark = document.remarks[id];
    if (remark) {
      return [{ op: 'setRemark', id, remark }];
    }
    return operation.op === 'setRemark' ? [{ op: 'removeRemark', id }] : [];
  }
  if (operation.op === 'setComment' || operation.op === 'removeComment') {
    const isRemoval = operation.op === 'removeComment';
    const changed = Object.entries(document.comments).filter(
      ([key, { answerTo }]) => key === id || (isRemoval && answerTo === id)
    );
    const back = changed.map(([key, comment]): Operation => ({ op: 'setComment', id: key, comment }));
    return back.length > 0 || isRemoval ? back : [{ op: 'removeComment', id }];
  }
  const edge = document.edges[id];
  if (operation.op === 'addEdge' || operation.op === 'removeEdge') {
    if (edge) {
      return [{ op: 'addEdge', id, edge }];
    }
    return operation.op === 'addEdge' ? [{ op: 'removeEdge', id }] : [];
  }
  const node = document.nodes[id];
  if (!node) {
    return operation.op === 'addNode' ? [{ op: 'removeNode', id }] : [];
  }
  switch (operation.op) {
    case 'addNode':
      return [{ op: 'addNode', id, node }];
    case 'removeNode':
      return [{ op: 'addNode', id, node }, ...edgesOf(document, id).map(restore), ...framesOf(document, id)];
    case 'setParams':
      return [{ op: 'setParams', id, params: before(node, operation.params) }];
    case 'setKind':
      return [{ op: 'setKind', id, kind: node.kind }];
    case 'moveNode':
      return [{ op: 'moveNode', id, x: node.x, y: node.y }];
    case 'setNote':
      return [{ op: 'setNote', id, note: node.note }];
  }
}

function restore([id, edge]: [string, GraphEdge]): Operation {
  return { op: 'addEdge', id, edge };
}

function framesOf(document: GraphDocument, node: string): Operation[] {
  return Object.entries(document.frames)
    .filter(([, frame]) => frame.nodes.includes(node))
    .map(([id, frame]) => ({ op: 'setFrame', id, frame }));
}

/** The edges that begin or end at a node. */
export function edgesOf(document: GraphDocument, node: string): [string, GraphEdge][] {
  return Object.entries(document.edges).filter(([, edge]) => edge.from === node || edge.to === node);
}

function withNode(document: GraphDocument, id: string, change: (node: GraphNode) => GraphNode): GraphDocument {
  const node = document.nodes[id];
  return node ? { ...document, nodes: { ...document.nodes, [id]: change(node) } } : document;
}

function withoutNode(document: GraphDocument, id: string): GraphDocument {
  const edges = Object.entries(document.edges).filter(([, edge]) => edge.from !== id && edge.to !== id);
  const left = (frame: Frame): Frame => ({ ...frame, nodes: frame.nodes.filter(member => member !== id) });
  const frames = Object.entries(document.frames).map(([name, frame]) => [
    name,
    frame.nodes.includes(id) ? left(frame) : frame
  ]);
  return {
    ...document,
    nodes: without(document.nodes, id),
    edges: Object.fromEntries(edges),
    frames: Object.fromEntries(frames) as GraphDocument['frames']
  };
}

/** The answers go along. */
function withoutComment(document: GraphDocument, id: string): GraphDocument {
  const comments = Object.entries(document.comments).filter(([key, { answerTo }]) => key !== id && answerTo !== id);
  return { ...document, comments: Object.fromEntries(comments) };
}

function without<T>(record: Record<string, T>, key: string): Record<string, T> {
  return Object.fromEntries(Object.entries(record).filter(([name]) => name !== key));
}

function merged(params: Record<string, ParamValue>, changes: Record<string, ParamValue>): Record<string, ParamValue> {
  return Object.fromEntries(Object.entries({ ...params, ...changes }).filter(([, value]) => value !== null));
}

function before(node: GraphNode, changes: Record<string, ParamValue>): Record<string, ParamValue> {
  return Object.fromEntries(Object.keys(changes).map(name => [name, node.params[name] ?? null]));
}
