/** What stands on each node of the canvas, and where its ports are. Coordinates are the document's: CSS px at zoom 1. */
import type { Catalog, CheckResult, GraphDocument, Issue, Port, PortType } from '../generated';
import {
  CARD_HEIGHT,
  CARD_WIDTH,
  type Flow,
  flowOf,
  isBorder,
  kindOf,
  openThreads,
  outputTypes,
  Topology
} from '../graph';
import { settings, shape, short } from './format';

export { CARD_HEIGHT, CARD_WIDTH };

export type Side = 'inputs' | 'outputs';

export interface PortMark {
  node: string;
  side: Side;
  port: Port;
  /** What the port gives or takes; `any` where several types fit still. */
  type: PortType | 'any';
  x: number;
  y: number;
}

export interface Card {
  id: string;
  category: string;
  title: string;
  name: string;
  settings: string;
  shape: string;
  weights: string;
  issues: Issue[];
  /** Open comments. */
  comments: number;
  x: number;
  y: number;
  ports: PortMark[];
  /** Of the whole drawing: it says on which sides the ports are. */
  flow: Flow;
}

/** The cards of a document, by node id. */
export function cardsOf(
  document: GraphDocument,
  catalog: Catalog,
  check: CheckResult | undefined,
  /** What stands on a card in the place of its settings. */
  lineOf: (id: string) => string = () => ''
): Map<string, Card> {
  const topology = new Topology(document);
  const flow = flowOf(document);
  const comments = openThreads(document);
  const issues = new Map<string, Issue[]>();
  for (const issue of check?.issues ?? []) {
    if (issue.node) {
      issues.set(issue.node, [...(issues.get(issue.node) ?? []), issue]);
    }
  }
  return new Map(
    Object.entries(document.nodes).map(([id, node]) => {
      const kind = kindOf(document, catalog, node.kind);
      const facts = check?.nodes[id];
      const sizes = facts ? Object.values(facts.outputs)[0] : undefined;
      const note = node.note.trim().split('\n')[0];
      const card: Card = {
        id,
        category: kind?.category ?? '',
        title: note ?? '',
        name: isBorder(node) ? '' : id,
        settings: kind ? lineOf(id) || settings(node, kind) : 'This kind is not installed here.',
        shape: sizes ? shape(sizes) : '',
        weights: facts?.parameters ? `${short(facts.parameters)} weights` : '',
        issues: issues.get(id) ?? [],
        comments: comments.get(id) ?? 0,
        x: node.x,
        y: node.y,
        ports: [],
        flow
      };
      card.title ||= kind?.label ?? node.kind;
      card.ports = [
        ...marks(card, 'inputs', kind?.inputs ?? [], port => inputType(document, catalog, topology, id, port)),
        ...marks(card, 'outputs', kind?.outputs ?? [], port =>
          single(outputTypes(document, catalog, topology, id, port.name))
        )
      ];
      return [id, card];
    })
  );
}

/** Ports are spread evenly along the edge where the flow comes in (inputs) and where it goes on (outputs). */
function marks(card: Card, side: Side, ports: readonly Port[], type: (port: Port) => PortType | 'any'): PortMark[] {
  const { flow } = card;
  const corner = { x: CARD_WIDTH / 2, y: CARD_HEIGHT / 2 };
  const along = flow.along(corner) * (side === 'inputs' ? -1 : 1);
  return ports.map((port, index) => ({
    node: card.id,
    side,
    port,
    type: type(port),
    ...flow.at(along, ((2 * (index + 1)) / (ports.length + 1) - 1) * flow.across(corner))
  }));
}

/** What comes in where something is connected, else what fits. */
function inputType(
  document: GraphDocument,
  catalog: Catalog,
  topology: Topology,
  id: string,
  port: Port
): PortType | 'any' {
  const edge = (topology.incoming.get(id) ?? []).find(([, other]) => other.toPort === port.name)?.[1];
  const given = edge && single(outputTypes(document, catalog, topology, edge.from, edge.fromPort));
  return given && given !== 'any' && port.types.includes(given) ? given : single(new Set(port.types));
}

function single(types: ReadonlySet<PortType>): PortType | 'any' {
  const [first] = types;
  return types.size === 1 && first ? first : 'any';
}

/** The port within `radius` of a point of the document, the nearest one. */
export function portAt(cards: Iterable<Card>, x: number, y: number, radius: number): PortMark | undefined {
  let best: PortMark | undefined;
  let nearest = radius;
  for (const card of cards) {
    if (Math.abs(card.x - x) > CARD_WIDTH / 2 + radius || Math.abs(card.y - y) > CARD_HEIGHT / 2 + radius) {
      continue;
    }
    for (const mark of card.ports) {
      const distance = Math.hypot(card.x + mark.x - x, card.y + mark.y - y);
      if (distance <= nearest) {
        [best, nearest] = [mark, distance];
      }
    }
  }
  return best;
}

/** The card at a point of the document, the uppermost one. */
export function cardAt(cards: Iterable<Card>, x: number, y: number): Card | undefined {
  return [...cards]
    .reverse()
    .find(card => Math.abs(card.x - x) <= CARD_WIDTH / 2 && Math.abs(card.y - y) <= CARD_HEIGHT / 2);
}

const TYPE_WORDS: Record<PortMark['type'], string> = {
  image: 'an image',
  sequence: 'a sequence',
  vector: 'a vector',
  scores: 'scores',
  any: 'different types'
};

/** What a port takes or gives, in words. */
export function typeText(mark: PortMark): string {
  return `${mark.side === 'inputs' ? 'takes' : 'gives'} ${TYPE_WORDS[mark.type]}`;
}
