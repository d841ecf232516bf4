/** From a selection of nodes to a block, and back; the same rules as `patholearn_lab/graph/grouping.py`. */
import type {
  Block,
  Catalog,
  GraphDocument,
  GraphEdge,
  GraphNode,
  KindCard,
  Operation,
  ParamValue
} from '../generated';
import type { Addition } from './additions';
import { evaluate } from './expression';
import { BLOCK_PREFIX, kindOf } from './kinds';
import { nameOf, newNodeId } from './names';
import { apply } from './operations';
import { Topology } from './topology';

/** Why something cannot be done, in a sentence for people. */
export class CannotError extends Error {}

/** Data sets, outputs and metrics belong to the whole graph. */
export function belongsIntoBlocks(card: KindCard | undefined): boolean {
  return card !== undefined && card.category !== 'Data' && card.category !== 'Output';
}

/** Makes a block of nodes; throws a `CannotError` where that is impossible. */
export function groupNodes(document: GraphDocument, catalog: Catalog, ids: Iterable<string>, label: string): Addition {
  const inner = [...new Set(ids)].filter(id => id in document.nodes).sort();
  ensureCanGroup(document, catalog, inner);
  const isInner = new Set(inner);
  const all = Object.entries(document.edges).sort(([a], [b]) => byEdge(a, b));
  const entering = all.filter(([, edge]) => isInner.has(edge.to) && !isInner.has(edge.from));
  const leaving = all.filter(([, edge]) => isInner.has(edge.from) && !isInner.has(edge.to));
  const within = all.filter(([, edge]) => isInner.has(edge.from) && isInner.has(edge.to));
  const nodes = Object.fromEntries(inner.map(id => [id, document.nodes[id] as GraphNode]));
  const inputs = inputsOf(document, catalog, inner, entering, within);
  const outputs = outputsOf(document, catalog, inner, leaving, within);
  const block: Block = { label, params: [], nodes, edges: Object.fromEntries(within), inputs, outputs };
  const id = newBlockId(document, label);
  const kind = BLOCK_PREFIX + id;
  const node = newNodeId(apply(document, [{ op: 'setBlock', id, block }]), catalog, kind);
  const port = new Map(inputs.map(input => [input.edge, input.name]));
  const name = new Map(outputs.map(output => [`${output.node} ${output.port}`, output.name]));
  const wires = new Map<string, [string, GraphEdge]>();
  for (const [key, edge] of entering) {
    const wire = { ...edge, to: node, toPort: port.get(key) ?? '' };
    const same = JSON.stringify([wire.from, wire.fromPort, wire.toPort]);
    wires.set(same, wires.get(same) ?? [key, wire]);
  }
  for (const [key, edge] of leaving) {
    wires.set(key, [key, { ...edge, from: node, fromPort: name.get(`${edge.from} ${edge.fromPort}`) ?? '' }]);
  }
  return {
    id: node,
    operations: [
      { op: 'setBlock', id, block },
      ...inner.map((key): Operation => ({ op: 'removeNode', id: key })),
      { op: 'addNode', id: node, node: { kind, params: {}, ...centerOf(Object.values(nodes)), note: '' } },
      ...[...wires.values()].map(([key, edge]): Operation => ({ op: 'addEdge', id: key, edge }))
    ]
  };
}

/** Dissolves a use of a block; expressions become the values that they have there. */
export function ungroupNode(
  document: GraphDocument,
  catalog: Catalog,
  node: string
): { ids: string[]; operations: Operation[] } {
  const use = document.nodes[node];
  const blockId = use?.kind.startsWith(BLOCK_PREFIX) ? use.kind.slice(BLOCK_PREFIX.length) : '';
  const [block, card] = [document.blocks[blockId], use && kindOf(document, catalog, use.kind)];
  if (!use || !block || !card) {
    throw new CannotError(`${nameOf(document, node)} is no block that could be dissolved.`);
  }
  const values = Object.fromEntries(card.params.map(param => [param.name, use.params[param.name] ?? param.default]));
  const center = centerOf(Object.values(block.nodes));
  let current = apply(document, [{ op: 'removeNode', id: node }]);
  const renamed = new Map<string, string>();
  const added: Operation[] = [];
  for (const [id, inner] of Object.entries(block.nodes).sort(([a], [b]) => (a < b ? -1 : 1))) {
    const key = id in current.nodes ? newNodeId(current, catalog, inner.kind) : id;
    renamed.set(id, key);
    const params = evaluated(inner.params, values, nameOf(document, node));
    const place = { x: inner.x + use.x - center.x, y: inner.y + use.y - center.y };
    const operation: Operation = { op: 'addNode', id: key, node: { ...inner, params, ...place } };
    added.push(operation);
    current = apply(current, [operation]);
  }
  const others = Object.values(document.blocks).flatMap(other => Object.values(other.nodes));
  const isUsed = [
    ...Object.entries(document.nodes)
      .filter(([id]) => id !== node)
      .map(([, other]) => other),
    ...others
  ].some(other => other.kind === use.kind);
  return {
    ids: [...renamed.values()],
    operations: [
      { op: 'removeNode', id: node },
      ...added,
      ...dissolved(document, node, block, renamed).map(([id, edge]): Operation => ({ op: 'addEdge', id, edge })),
      ...(isUsed ? [] : [{ op: 'removeBlock', id: blockId } satisfies Operation])
    ]
  };
}

function ensureCanGroup(document: GraphDocument, catalog: Catalog, inner: string[]): void {
  if (inner.length === 0) {
    throw new CannotError('Select the layers that shall become a block first.');
  }
  for (const id of inner) {
    const card = kindOf(document, catalog, document.nodes[id]?.kind ?? '');
    if (!belongsIntoBlocks(card)) {
      throw new CannotError(
        `${nameOf(document, id)} is a ${card?.label ?? 'node of an unknown kind'}, which belongs to the whole graph and not into a block. Leave it out of the selection.`
      );
    }
  }
  const topology = new Topology(document);
  const outside = inner.flatMap(id => topology.targets(id)).filter(id => !inner.includes(id));
  const between = Object.keys(document.nodes).find(
    id =>
      !inner.includes(id) &&
      outside.some(start => start === id || topology.leads(start, id)) &&
      inner.some(end => topology.leads(id, end))
  );
  if (between !== undefined) {
    throw new CannotError(
      `The way through the selected layers leads outside, over ${nameOf(document, between)}, and back. Select it as well, or fewer layers.`
    );
  }
}

function inputsOf(
  document: GraphDocument,
  catalog: Catalog,
  inner: string[],
  entering: [string, GraphEdge][],
  within: [string, GraphEdge][]
): Block['inputs'] {
  const goals = entering.map(([key, edge]) => ({
    giver: `${edge.from} ${edge.fromPort}`,
    node: edge.to,
    port: edge.toPort,
    edge: key
  }));
  const fed = new Set([...entering, ...within].map(([, edge]) => `${edge.to} ${edge.toPort}`));
  let number = 1;
  for (const id of inner) {
    for (const port of kindOf(document, catalog, document.nodes[id]?.kind ?? '')?.inputs ?? []) {
      if (!fed.has(`${id} ${port.name}`)) {
        while (`open_${number}` in document.edges) {
          number += 1;
        }
        goals.push({ giver: `${id} ${port.name}`, node: id, port: port.name, edge: `open_${number++}` });
      }
    }
  }
  const names = numbered(
    'input',
    goals.map(goal => goal.giver)
  );
  return goals.map(({ giver, node, port, edge }) => ({ name: names.get(giver) ?? '', label: '', node, port, edge }));
}

function outputsOf(
  document: GraphDocument,
  catalog: Catalog,
  inner: string[],
  leaving: [string, GraphEdge][],
  within: [string, GraphEdge][]
): Block['outputs'] {
  const used = new Set([...leaving, ...within].map(([, edge]) => `${edge.from} ${edge.fromPort}`));
  const open = inner.flatMap(id =>
    (kindOf(document, catalog, document.nodes[id]?.kind ?? '')?.outputs ?? [])
      .map(port => `${id} ${port.name}`)
      .filter(giver => !used.has(giver))
  );
  const names = numbered('output', [...leaving.map(([, edge]) => `${edge.from} ${edge.fromPort}`), ...open]);
  return [...names].map(([giver, name]) => {
    const [node = '', port = ''] = giver.split(' ');
    return { name, label: '', node, port };
  });
}

/** A name for each giver: `input` where there is one, else `input_1`, `input_2`, … */
function numbered(stem: string, givers: string[]): Map<string, string> {
  const each = [...new Set(givers)];
  return new Map(each.map((giver, index) => [giver, each.length === 1 ? stem : `${stem}_${index + 1}`]));
}

/** The edges that take the place of those of a use. Ids decide the order at a port that takes many. */
function dissolved(
  document: GraphDocument,
  node: string,
  block: Block,
  renamed: Map<string, string>
): [string, GraphEdge][] {
  const around = Object.entries(document.edges);
  const entering = new Map(around.filter(([, edge]) => edge.to === node).map(([, edge]) => [edge.toPort, edge]));
  const inside = Object.entries(block.edges).map(([key, edge]): [string, GraphEdge] => [
    key,
    { ...edge, from: renamed.get(edge.from) ?? '', to: renamed.get(edge.to) ?? '' }
  ]);
  for (const { name, node: inner, port, edge } of block.inputs) {
    const wire = entering.get(name);
    if (wire) {
      inside.push([edge, { ...wire, to: renamed.get(inner) ?? '', toPort: port }]);
    }
  }
  const taken = new Set(around.filter(([, edge]) => edge.to !== node).map(([key]) => key));
  const isFree = inside.every(([key]) => !taken.has(key));
  let number = 0;
  const freeId = (): string => {
    do {
      number += 1;
    } while (taken.has(`w${number}`));
    return `w${number}`;
  };
  const outputs = new Map(block.outputs.map(output => [output.name, output]));
  return [
    ...inside
      .sort(([a], [b]) => byEdge(a, b))
      .map(([key, edge]): [string, GraphEdge] => [isFree ? key : freeId(), edge]),
    ...around.flatMap(([key, edge]): [string, GraphEdge][] => {
      const output = edge.from === node ? outputs.get(edge.fromPort) : undefined;
      return output ? [[key, { ...edge, from: renamed.get(output.node) ?? '', fromPort: output.port }]] : [];
    })
  ];
}

function evaluated(params: GraphNode['params'], values: Record<string, ParamValue>, use: string): GraphNode['params'] {
  return Object.fromEntries(
    Object.entries(params).map(([name, value]) => {
      if (typeof value !== 'string' || !value.startsWith('=')) {
        return [name, value];
      }
      try {
        return [name, evaluate(value, values)];
      } catch (reason) {
        throw new CannotError(`${use}: “${value}” ${reason instanceof Error ? reason.message : String(reason)}.`);
      }
    })
  );
}

function newBlockId(document: GraphDocument, label: string): string {
  const words = (label.toLowerCase().match(/[a-z0-9]+/g) ?? []).join('_').slice(0, 40) || 'block';
  const base = /^[a-z]/.test(words) ? words : `block_${words}`;
  let id = base;
  for (let number = 2; id in document.blocks; number += 1) {
    id = `${base}_${number}`;
  }
  return id;
}

function centerOf(nodes: readonly GraphNode[]): { x: number; y: number } {
  const [xs, ys] = [nodes.map(node => node.x), nodes.map(node => node.y)];
  return nodes.length === 0
    ? { x: 0, y: 0 }
    : { x: (Math.min(...xs) + Math.max(...xs)) / 2, y: (Math.min(...ys) + Math.max(...ys)) / 2 };
}

function byEdge(a: string, b: string): number {
  return a.length - b.length || (a < b ? -1 : 1);
}
