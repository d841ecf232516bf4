export { ArchitectureEditor, type EditorOptions } from './editor';
export { type EmitCellDetail, type HostEvents, type ReadCellDetail } from './host-events';
export { EditorSession } from './session';
export { type Saved } from './toolbar';
