/** The operations that lead from one document to another; the same as `patholearn_lab/codegen/changes.py`. */
import type { Frame, GraphDocument, GraphNode, Operation } from '../generated';

/** Removals first, so that nothing that comes is in the way of what goes. */
export function operationsBetween(old: GraphDocument, changed: GraphDocument): Operation[] {
  const gone = <T>(before: Record<string, T>, after: Record<string, T>): string[] =>
    Object.keys(before).filter(id => !(id in after));
  const differing = <T>(before: Record<string, T>, after: Record<string, T>): [string, T][] =>
    Object.entries(after).filter(([id, value]) => !isEqual(before[id], value));
  return [
    ...gone(old.edges, changed.edges).map((id): Operation => ({ op: 'removeEdge', id })),
    ...gone(old.nodes, changed.nodes).map((id): Operation => ({ op: 'removeNode', id })),
    ...gone(old.blocks, changed.blocks).map((id): Operation => ({ op: 'removeBlock', id })),
    ...differing(old.blocks, changed.blocks).map(([id, block]): Operation => ({ op: 'setBlock', id, block })),
    ...differing(old.nodes, changed.nodes).flatMap(([id, node]) => ofNode(id, old.nodes[id], node)),
    ...differing(old.edges, changed.edges).map(([id, edge]): Operation => ({ op: 'addEdge', id, edge })),
    ...gone(old.frames, changed.frames).map((id): Operation => ({ op: 'removeFrame', id })),
    // A node that went has left its frames already.
    ...differing(framesLeft(old.frames, changed.nodes), changed.frames).map(([id, frame]): Operation => ({
      op: 'setFrame',
      id,
      frame
    })),
    ...gone(old.remarks, changed.remarks).map((id): Operation => ({ op: 'removeRemark', id })),
    ...differing(old.remarks, changed.remarks).map(([id, remark]): Operation => ({ op: 'setRemark', id, remark })),
    ...gone(old.comments, changed.comments).map((id): Operation => ({ op: 'removeComment', id })),
    ...differing(old.comments, changed.comments).map(([id, comment]): Operation => ({ op: 'setComment', id, comment })),
    ...(isEqual(old.meta, changed.meta) ? [] : [{ op: 'setMeta', meta: changed.meta } satisfies Operation])
  ];
}

function framesLeft(frames: Record<string, Frame>, nodes: Record<string, GraphNode>): Record<string, Frame> {
  return Object.fromEntries(
    Object.entries(frames).map(([id, frame]) => [id, { ...frame, nodes: frame.nodes.filter(node => node in nodes) }])
  );
}

function ofNode(id: string, old: GraphNode | undefined, node: GraphNode): Operation[] {
  if (!old) {
    return [{ op: 'addNode', id, node }];
  }
  const operations: Operation[] = [];
  if (old.kind !== node.kind) {
    operations.push({ op: 'setKind', id, kind: node.kind });
  }
  const names = [...new Set([...Object.keys(old.params), ...Object.keys(node.params)])];
  const params = names.filter(name => !isEqual(old.params[name], node.params[name]));
  if (params.length > 0) {
    operations.push({
      op: 'setParams',
      id,
      params: Object.fromEntries(params.map(name => [name, node.params[name] ?? null]))
    });
  }
  if (old.x !== node.x || old.y !== node.y) {
    operations.push({ op: 'moveNode', id, x: node.x, y: node.y });
  }
  if (old.note !== node.note) {
    operations.push({ op: 'setNote', id, note: node.note });
  }
  return operations;
}

/** Whether two values are the same JSON, in whatever order their keys stand. */
export function isEqual(one: unknown, other: unknown): boolean {
  if (typeof one !== 'object' || typeof other !== 'object' || one === null || other === null) {
    return one === other;
  }
  const [a, b] = [Object.entries(one), other as Record<string, unknown>];
  return a.length === Object.keys(b).length && a.every(([key, value]) => key in b && isEqual(value, b[key]));
}
