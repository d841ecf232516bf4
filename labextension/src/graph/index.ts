export { type Addition, addNodeAfter, addNodeAt, addNodeOnto } from './additions';
export { canConnect, outputTypes, portOf } from './connections';
export { deleteSelection, whyNotAdd } from './edits';
export { History } from './history';
export { arrange, CARD_HEIGHT, CARD_WIDTH, COLUMN, ROW } from './layout';
export { nameOf, newEdgeId, newNodeId } from './names';
export { apply, edgesOf, invert } from './operations';
export { GraphStore, type Send } from './store';
export { Topology } from './topology';
