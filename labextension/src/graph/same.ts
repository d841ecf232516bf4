/** Whether two documents stand for the same code. */
import type { GraphDocument } from '../generated';

/** Places do not count: they are only on the canvas. */
export function saysTheSame(one: GraphDocument, other: GraphDocument): boolean {
  return one === other || facts(one) === facts(other);
}

function facts({ nodes, edges, blocks, meta }: GraphDocument): string {
  const ordered = <T>(record: Record<string, T>): [string, T][] =>
    Object.entries(record).sort(([a], [b]) => (a < b ? -1 : 1));
  return JSON.stringify([
    ordered(nodes).map(([id, { kind, params, note }]) => [id, kind, ordered(params), note]),
    ordered(edges).map(([id, { from, fromPort, to, toPort }]) => [id, from, fromPort, to, toPort]),
    ordered(blocks),
    meta.name
  ]);
}
