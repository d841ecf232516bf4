/** New ids, and what people call a node. The same rules as `patholearn_lab/graph/mends.py`. */
import type { Catalog, GraphDocument } from '../generated';
import { kindOf } from './kinds';

/**
 * An id for a new node of that kind: `conv_3`; `data` or `output` for the first one of some kinds. A name that a comment
 * waits for is taken: what was said about a node that is gone is not about the new one.
 */
export function newNodeId(document: GraphDocument, catalog: Catalog, kind: string): string {
  const card = kindOf(document, catalog, kind);
  const stem = card?.stem ?? 'node';
  if ((card?.unique || card?.first_plain) && !(stem in document.nodes)) {
    return stem;
  }
  const commented = new Set(Object.values(document.comments).map(({ node }) => node));
  let number = card?.first_plain ? 2 : 1;
  while (`${stem}_${number}` in document.nodes || commented.has(`${stem}_${number}`)) {
    number += 1;
  }
  return `${stem}_${number}`;
}

/** The first of `e1`, `e2`, … that is not taken. */
export function newEdgeId(document: GraphDocument, alsoTaken: readonly string[] = []): string {
  let number = Object.keys(document.edges).length + 1;
  while (`e${number}` in document.edges || alsoTaken.includes(`e${number}`)) {
    number += 1;
  }
  return `e${number}`;
}

/** The note of a node where it is short, else its id. */
export function nameOf(document: GraphDocument, node: string): string {
  const note = document.nodes[node]?.note.trim() ?? '';
  return note && note.length <= 40 && !note.includes('\n') ? `“${note}”` : node;
}
