/** Keeps a graph in step with the kernel: one message per change, `{operations, ticket}` there and `{operations, version, ticket}` back. */
import type { GraphDocument, Operation } from '../generated';
import { GraphStore } from '../graph';
import type { MessageModel } from './widget-transport';

interface Snapshot {
  document: GraphDocument;
  version: number;
}

interface Change {
  operations: Operation[];
  version: number;
  ticket: string | null;
}

/** The store of the graph behind a widget model, which begins with what the kernel sent along. */
export function openGraph(model: MessageModel & { get(name: 'graph'): Snapshot }): {
  store: GraphStore;
  close(): void;
} {
  const own = Math.random().toString(36).slice(2, 10);
  const begin = model.get('graph');
  let { version } = begin;
  let count = 0;
  const store = new GraphStore(begin.document, operations => {
    model.send({ operations, ticket: `${own}-${count++}` });
  });

  const onMessage = (content: unknown): void => {
    const message = content as Partial<Snapshot & Change & { refused: unknown }>;
    if (message.version === undefined) {
      return;
    }
    const isOwn = message.ticket?.startsWith(own) ?? false;
    if (message.document) {
      version = message.version;
      if (isOwn) {
        store.refuse();
        console.error('PathoLearn Lab: the kernel did not take a change', message.refused);
      }
      store.adopt(message.document);
    } else if (message.operations && message.version === version + 1) {
      version = message.version;
      store.confirm(message.operations, isOwn);
    } else if (message.version > version + 1) {
      // A message was lost on the way; ask for the whole graph.
      if (isOwn) {
        store.refuse();
      }
      model.send({ sync: true });
    }
  };
  model.on('msg:custom', onMessage);
  return {
    store,
    close: () => {
      model.off('msg:custom', onMessage);
    }
  };
}
