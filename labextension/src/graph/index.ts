export { canConnect, outputTypes, portOf } from './connections';
export { addNodeAfter, addNodeAt, deleteSelection, whyNotAdd } from './edits';
export { History } from './history';
export { arrange, COLUMN, ROW } from './layout';
export { nameOf, newEdgeId, newNodeId } from './names';
export { apply, edgesOf, invert } from './operations';
export { GraphStore, type Send } from './store';
export { Topology } from './topology';
