/** Two people with one drawing each, and a wire between them that can be cut. */
import * as Y from 'yjs';
import { writeDocument } from '../../../src/graph';
import { SharedGraph } from '../../../src/graph/shared/graph';
import type { GraphDocument } from '../../../src/generated';

export interface Person {
  ydoc: Y.Doc;
  graph: SharedGraph;
}

export function person(client: number, from?: Person): Person {
  const ydoc = new Y.Doc();
  ydoc.clientID = client;
  if (from) {
    Y.applyUpdate(ydoc, Y.encodeStateAsUpdate(from.ydoc), 'remote');
  }
  return { ydoc, graph: new SharedGraph(ydoc) };
}

/** Two people who opened the same file. */
export function twoPeople(document: GraphDocument): [Person, Person] {
  const server = person(7);
  server.graph.text = writeDocument(document);
  return [person(1, server), person(2, server)];
}

/** Everything that each has and the other does not goes over. */
export function meet(...people: Person[]): void {
  const updates = people.map(({ ydoc }) => Y.encodeStateAsUpdate(ydoc));
  for (const { ydoc } of people) {
    for (const update of updates) {
      Y.applyUpdate(ydoc, update, 'remote');
    }
  }
}
