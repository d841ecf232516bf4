/** Shared maps inside shared maps: which parts of a document two people can change at the same time. */
import * as Y from 'yjs';
import { isEqual } from '../changes';

/** What is a map of its own. Everything else is one value, that the last to write it decides. */
export interface Shape {
  /** The shape of every entry. */
  each?: Shape;
  /** The shapes of some entries. */
  fields?: Readonly<Record<string, Shape>>;
}

export const VALUES: Shape = {};
export const NODE: Shape = { fields: { params: VALUES } };
export const BLOCK: Shape = { fields: { nodes: { each: NODE }, edges: { each: VALUES } } };

export type SharedMap = Y.Map<unknown>;

/** Makes a shared map say what is wanted, changing as little as possible; `kept` are entries that it leaves alone. */
export function put(map: SharedMap, wanted: object, shape: Shape, kept: readonly string[] = []): void {
  for (const key of [...map.keys()]) {
    if (!(key in wanted) && !kept.includes(key)) {
      map.delete(key);
    }
  }
  for (const [key, value] of Object.entries(wanted) as [string, unknown][]) {
    const inner = shape.fields?.[key] ?? shape.each;
    if (inner) {
      put(mapIn(map, key), value as object, inner);
    } else if (!isEqual(map.get(key), value)) {
      map.set(key, value);
    }
  }
}

/** The shared map under a key, made where it is missing. */
export function mapIn(map: SharedMap, key: string): SharedMap {
  const there = map.get(key);
  if (there instanceof Y.Map) {
    return there;
  }
  const made: SharedMap = new Y.Map();
  map.set(key, made);
  return made;
}
