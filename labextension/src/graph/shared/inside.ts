/**
 * The inside of a block in a Y document: its nodes and connections have keys that only one client makes, as those of the
 * whole graph have, so that two people who each add a layer inside one block at the same moment both keep theirs.
 * `patholearn_lab/collab/inside.py` does the same.
 */
import type { Block } from '../../generated';
import type { Json } from '../file';
import { isKey, namesOf, wishOf } from './names';

/** The field of a thing with the name that was written down for it. */
export const NAME = 'name';
const ENDS = ['from', 'to'] as const;
type Part = 'nodes' | 'edges';

/** Makes a key for a new thing; `isTaken` tells which are taken. */
export type KeyFor = (id: string, isTaken: (key: string) => boolean) => string;

/** What was written down as the name of a thing, where it can be one. */
export function settledName(name: unknown): string | undefined {
  return typeof name === 'string' && isKey(name) && wishOf(name) === name ? name : undefined;
}

/** What the shared map of a block holds, with names for keys. */
export function blockByName(raw: Json): Json {
  const [nodeNames, edgeNames] = [names(raw, 'nodes'), names(raw, 'edges')];
  const nodes = [...things(raw, 'nodes')].map(([key, node]) => [nodeNames.get(key), withoutName(node)]);
  const edges = [...things(raw, 'edges')].flatMap(([key, edge]) => {
    const ends = ENDS.map(end => [end, nodeNames.get(String(json(edge)[end]))] as const);
    const isWhole = ends.every(([, node]) => node !== undefined);
    return isWhole ? [[edgeNames.get(key), { ...json(withoutName(edge)), ...Object.fromEntries(ends) }]] : [];
  });
  return {
    ...raw,
    nodes: Object.fromEntries(nodes) as unknown,
    edges: Object.fromEntries(edges) as unknown,
    inputs: ports(raw['inputs'], nodeNames),
    outputs: ports(raw['outputs'], nodeNames)
  };
}

/** A block with keys for names: those that the shared map has (`there`), and new ones for what is new. */
export function blockByKey(block: Block, there: Json, keyFor: KeyFor): Json {
  const keysOf = (part: Part): Map<string, string> => {
    const known = new Map([...names(there, part)].map(([key, name]) => [name, key]));
    const taken = things(there, part);
    const isTaken = (key: string): boolean => taken.has(key);
    return new Map(Object.keys(block[part]).map(name => [name, known.get(name) ?? keyFor(name, isTaken)]));
  };
  const [nodeKeys, edgeKeys] = [keysOf('nodes'), keysOf('edges')];
  const byKey = (keys: Map<string, string>, written: Record<string, object>): unknown =>
    Object.fromEntries(
      Object.entries(written).map(([name, thing]) => {
        const key = keys.get(name) ?? name;
        // The name of what could not keep the one that its key asks for is written down, so that it stays.
        return [key, wishOf(key) === name ? thing : { ...thing, [NAME]: name }];
      })
    );
  const keyOf = (node: string): string => nodeKeys.get(node) ?? node;
  const edges = Object.entries(block.edges).map(([name, edge]) => [
    name,
    { ...edge, from: keyOf(edge.from), to: keyOf(edge.to) }
  ]);
  return {
    ...block,
    nodes: byKey(nodeKeys, block.nodes),
    edges: byKey(edgeKeys, Object.fromEntries(edges) as Record<string, object>),
    inputs: ports(block.inputs, nodeKeys),
    outputs: ports(block.outputs, nodeKeys)
  };
}

/** Names by key. Where the block meets the graph around it there are connections too: no other is called the same. */
function names(raw: Json, part: Part): Map<string, string> {
  const found = things(raw, part);
  const inputs = part === 'edges' && Array.isArray(raw['inputs']) ? (raw['inputs'] as unknown[]) : [];
  const border = inputs.map(entry => json(entry)['edge']).filter(edge => typeof edge === 'string');
  const all = namesOf(new Set([...found.keys(), ...border]), key => settledName(json(found.get(key))[NAME]));
  return new Map([...all].filter(([key]) => found.has(key)));
}

function things(raw: Json, part: Part): Map<string, unknown> {
  return new Map(Object.entries(json(raw[part])).filter(([key]) => isKey(key)));
}

/** Ports that speak of nodes by other names; one whose node is gone keeps what its key asks for. */
function ports(entries: unknown, nodes: ReadonlyMap<string, string>): unknown {
  if (!Array.isArray(entries)) {
    return entries;
  }
  return entries.map((entry: unknown) => {
    const { node } = json(entry);
    return typeof node === 'string' ? { ...json(entry), node: nodes.get(node) ?? wishOf(node) } : entry;
  });
}

function withoutName(thing: unknown): unknown {
  return isJson(thing) ? Object.fromEntries(Object.entries(thing).filter(([field]) => field !== NAME)) : thing;
}

function json(value: unknown): Json {
  return isJson(value) ? value : {};
}

function isJson(value: unknown): value is Json {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
