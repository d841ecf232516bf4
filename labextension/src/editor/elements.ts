/** Cytoscape's elements of a document: `n:<id>` for nodes, `e:<id>` for connections. Only what changed is touched. */
import cytoscape from 'cytoscape';
import type { GraphDocument } from '../generated';
import type { Card } from './cards';
import { cytoscapeStyle } from './cytoscape-style';
import { edgeEnds, needsDetour } from './edge-route';
import type { Selection } from './session';
import type { Theme } from './theme';

/** An empty graph in `container`. */
export function newCytoscape(container: HTMLElement, theme: Theme): cytoscape.Core {
  return cytoscape({
    container,
    style: cytoscapeStyle(theme),
    layout: { name: 'preset' },
    minZoom: 0.1,
    maxZoom: 2.5,
    boxSelectionEnabled: true,
    selectionType: 'single'
  });
}

/** Selects exactly this. */
export function selectElements(cy: cytoscape.Core, { nodes, edges }: Selection): void {
  cy.batch(() => {
    cy.elements(':selected').unselect();
    for (const id of nodes) {
      cy.getElementById(`n:${id}`).select();
    }
    for (const id of edges) {
      cy.getElementById(`e:${id}`).select();
    }
  });
}

export function selectedElements(cy: cytoscape.Core): Selection {
  return { nodes: new Set(cy.nodes(':selected').map(idOf)), edges: new Set(cy.edges(':selected').map(idOf)) };
}

/** One element for each card, where the card is. */
export function syncNodes(cy: cytoscape.Core, cards: Map<string, Card>): void {
  cy.nodes().forEach(node => {
    if (!cards.has(idOf(node))) {
      node.remove();
    }
  });
  for (const card of cards.values()) {
    const node = cy.getElementById(`n:${card.id}`);
    if (node.empty()) {
      cy.add({ group: 'nodes', data: { id: `n:${card.id}` }, position: { x: card.x, y: card.y } });
    } else if (node.position().x !== card.x || node.position().y !== card.y) {
      node.position({ x: card.x, y: card.y });
    }
  }
}

/** One element for each connection whose ends are there. */
export function syncEdges(cy: cytoscape.Core, document: GraphDocument, cards: Map<string, Card>): void {
  cy.edges().forEach(edge => {
    const there = document.edges[idOf(edge)];
    if (!there || `n:${there.from}` !== edge.data('source') || `n:${there.to}` !== edge.data('target')) {
      edge.remove();
    }
  });
  for (const [id, edge] of Object.entries(document.edges)) {
    const ends = edgeEnds(edge, cards);
    if (!ends) {
      continue;
    }
    let element = cy.getElementById(`e:${id}`);
    if (element.empty()) {
      element = cy.add({
        group: 'edges',
        data: { id: `e:${id}`, source: `n:${edge.from}`, target: `n:${edge.to}` }
      });
    }
    const { from, to } = ends;
    element.data({ type: from.type, fromX: from.x, fromY: from.y, toX: to.x, toY: to.y });
    element.toggleClass('rightward', cards.get(edge.from)?.flow.isRight === true);
    element.toggleClass('detour', needsDetour(edge, cards));
  }
}

export function idOf(element: cytoscape.SingularElementArgument): string {
  return element.id().slice(2);
}
