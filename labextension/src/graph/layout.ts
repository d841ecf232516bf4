/** Automatic arrangement in rows across the flow; the same as `patholearn_lab/graph/layout.py`. */
import type { GraphDocument, Operation } from '../generated';
import { type Flow, flowOf } from './flow';
import { Topology } from './topology';

const SWEEPS = 4;

/** The moves that arrange the whole graph, as one undo step. Nodes that stand right are not moved. */
export function arrange(document: GraphDocument, flow: Flow = flowOf(document)): Operation[] {
  const topology = new Topology(document);
  const rows = rowsOf(document, topology);
  for (let sweep = 0; sweep < SWEEPS; sweep += 1) {
    orderRows(rows, topology, sweep % 2 === 0);
  }
  return rows.flatMap((row, index) =>
    row.flatMap((id, column): Operation[] => {
      const { x, y } = flow.at(index * flow.step, offset(row, column) * flow.lane);
      const node = document.nodes[id];
      return node && (node.x !== x || node.y !== y) ? [{ op: 'moveNode', id, x, y }] : [];
    })
  );
}

/** A row is the longest way from the start. What is on or behind a cycle stands below, until the cycle is mended. */
function rowsOf(document: GraphDocument, topology: Topology): string[][] {
  const depth = new Map<string, number>();
  for (const node of topology.order()) {
    depth.set(node, 1 + Math.max(-1, ...topology.sources(node).map(source => depth.get(source) ?? -1)));
  }
  const below = 1 + Math.max(-1, ...depth.values());
  for (const node of Object.keys(document.nodes).sort()) {
    if (!depth.has(node)) {
      depth.set(node, below);
    }
  }
  const rows: string[][] = [];
  for (const [node, row] of depth) {
    (rows[row] ??= []).push(node);
  }
  return rows;
}

/** Orders each row by the mean place of the neighbors in the row before it. */
function orderRows(rows: string[][], topology: Topology, down: boolean): void {
  const place = new Map(rows.flatMap(row => row.map((node, column) => [node, offset(row, column)] as const)));
  for (const row of down ? rows : [...rows].reverse()) {
    const mean = new Map(row.map(node => [node, meanOf(node)]));
    row.sort((a, b) => (mean.get(a) ?? 0) - (mean.get(b) ?? 0));
    row.forEach((node, column) => place.set(node, offset(row, column)));
  }

  function meanOf(node: string): number {
    const around = (down ? topology.sources(node) : topology.targets(node)).map(other => place.get(other) ?? 0);
    return around.length > 0 ? around.reduce((sum, value) => sum + value, 0) / around.length : (place.get(node) ?? 0);
  }
}

function offset(row: string[], column: number): number {
  return column - (row.length - 1) / 2;
}
