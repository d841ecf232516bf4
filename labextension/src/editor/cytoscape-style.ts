import type cytoscape from 'cytoscape';
import { CARD_HEIGHT, CARD_WIDTH } from './cards';
import type { Theme } from './theme';

/** An edge ends just before the port's sign, so that its arrow stays visible. */
const ARROW_GAP = 7;

/** Where an edge begins or ends, so far before the middle of its port. */
function at(edge: cytoscape.EdgeSingular, end: 'from' | 'to', left: number, up: number): string {
  return `${(edge.data(`${end}X`) as number) - left}px ${(edge.data(`${end}Y`) as number) - up}px`;
}

/** Nodes are only grips, because the painter draws the cards; edges are drawn by cytoscape. */
export function cytoscapeStyle(theme: Theme): cytoscape.StylesheetJson {
  const color = (edge: cytoscape.EdgeSingular): string =>
    theme.types[edge.data('type') as keyof Theme['types']] ?? theme.types.any;
  return [
    {
      selector: 'node',
      style: {
        shape: 'round-rectangle',
        width: CARD_WIDTH,
        height: CARD_HEIGHT,
        // Still to be grabbed, but not drawn: 500 transparent pictures took a millisecond of each frame.
        opacity: 0,
        'overlay-opacity': 0
      }
    },
    {
      selector: 'edge',
      style: {
        width: 2,
        'line-color': color,
        'target-arrow-color': color,
        'target-arrow-shape': 'triangle',
        'arrow-scale': 0.9,
        'curve-style': 'round-taxi',
        'taxi-direction': 'downward',
        'taxi-turn': '50%',
        'taxi-turn-min-distance': 8,
        'source-endpoint': (edge: cytoscape.EdgeSingular) => at(edge, 'from', 0, 0),
        'target-endpoint': (edge: cytoscape.EdgeSingular) => at(edge, 'to', 0, ARROW_GAP),
        'overlay-opacity': 0
      }
    },
    {
      selector: 'edge.rightward',
      style: {
        'taxi-direction': 'rightward',
        'target-endpoint': (edge: cytoscape.EdgeSingular) => at(edge, 'to', ARROW_GAP, 0)
      }
    },
    {
      selector: 'edge.detour',
      style: {
        'curve-style': 'unbundled-bezier',
        'edge-distances': 'endpoints',
        'control-point-distances': [-CARD_WIDTH * 1.3],
        'control-point-weights': [0.5]
      }
    },
    { selector: 'edge.detour.rightward', style: { 'control-point-distances': [CARD_HEIGHT * 1.8] } },
    { selector: 'edge:selected', style: { width: 4, 'line-color': theme.brand, 'target-arrow-color': theme.brand } },
    {
      selector: 'core',
      style: {
        'selection-box-color': theme.brand,
        'selection-box-border-color': theme.brand,
        'selection-box-border-width': 1,
        'selection-box-opacity': 0.15,
        'active-bg-opacity': 0
      }
    }
  ] as unknown as cytoscape.StylesheetJson;
}
