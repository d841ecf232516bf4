export { ArchitectureEditor, type EditorOptions } from './editor';
export { type LinkedCell, type LineRange, type LinkListener } from './cell/linked-cell';
export { type EmitCellDetail, type FindCellDetail, type HostEvents, type ReadCellDetail } from './host-events';
export { EditorSession } from './session';
export { type Saved } from './toolbar';
export { Room } from './people/room';
