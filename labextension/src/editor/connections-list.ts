/** The connections of a node in the inspector: to read, to remove, and to make without a mouse. */
import type { Catalog, GraphDocument, GraphEdge } from '../generated';
import { canConnect, kindOf, nameOf, newEdgeId, Topology } from '../graph';
import { h, icon } from './dom';

export interface ConnectionsOptions {
  catalog: Catalog;
  onConnect: (id: string, edge: GraphEdge) => void;
  onDisconnect: (id: string) => void;
}

/** The part of the inspector about the connections of `node`. */
export function connectionsOf(document: GraphDocument, node: string, options: ConnectionsOptions): HTMLElement {
  const topology = new Topology(document);
  const incoming = topology.incoming.get(node) ?? [];
  const outgoing = topology.outgoing.get(node) ?? [];
  const rows = [
    ...incoming.map(([id, edge]) => row(`from ${nameOf(document, edge.from)}`, id)),
    ...outgoing.map(([id, edge]) => row(`to ${nameOf(document, edge.to)}`, id))
  ];
  return h(
    'section',
    { class: 'plab-connections', 'aria-label': 'Connections' },
    h('h3', {}, 'Connections'),
    rows.length > 0 ? h('ul', {}, ...rows) : h('p', { class: 'plab-quiet' }, 'None yet.'),
    offer()
  );

  function row(text: string, id: string): HTMLElement {
    return h(
      'li',
      {},
      h('span', {}, text),
      h(
        'button',
        {
          type: 'button',
          class: 'plab-icon-button',
          'aria-label': `Remove the connection ${text}`,
          title: 'Remove',
          onclick: () => {
            options.onDisconnect(id);
          }
        },
        icon('cross')
      )
    );
  }

  function offer(): HTMLElement | null {
    const fitting = proposals(document, options.catalog, node, topology);
    if (fitting.length === 0) {
      return null;
    }
    const select = h(
      'select',
      { 'aria-label': 'Connect with' },
      h('option', { value: '' }, 'Connect …'),
      ...fitting.map(({ label }, index) => h('option', { value: index }, label))
    );
    select.addEventListener('change', () => {
      const chosen = fitting[Number(select.value)];
      if (select.value !== '' && chosen) {
        options.onConnect(newEdgeId(document), chosen.edge);
      }
    });
    return select;
  }
}

/** Every connection that this node could get now. */
function proposals(
  document: GraphDocument,
  catalog: Catalog,
  node: string,
  topology: Topology
): { label: string; edge: GraphEdge }[] {
  const ports = (id: string, side: 'inputs' | 'outputs'): string[] =>
    (kindOf(document, catalog, document.nodes[id]?.kind ?? '')?.[side] ?? []).map(port => port.name);
  const others = Object.keys(document.nodes).filter(id => id !== node);
  const pairs = others.flatMap(other => [
    ...cross(other, node).map(edge => ({ label: `from ${nameOf(document, other)}`, edge })),
    ...cross(node, other).map(edge => ({ label: `to ${nameOf(document, other)}`, edge }))
  ]);
  return pairs.filter(({ edge }) => canConnect(document, catalog, edge, topology) === null);

  function cross(from: string, to: string): GraphEdge[] {
    return ports(from, 'outputs').flatMap(fromPort =>
      ports(to, 'inputs').map(toPort => ({ from, fromPort, to, toPort }))
    );
  }
}
