/** How a view speaks to the notebook around it: bubbling, cancelable DOM events that a host answers by `preventDefault()`. */
import type { GraphDocument } from '../generated';
import type { LinkedCell, LinkListener } from './cell/linked-cell';

export interface EmitCellDetail {
  graph: string;
  code: string;
  hash: string;
  /** Set by the host: settles when the cell is there. */
  result?: Promise<void>;
}

export interface FindCellDetail {
  graph: string;
  listener: LinkListener;
  /** Set by the host where there is such a cell that no other view holds. */
  cell?: LinkedCell;
}

export interface ReadCellDetail {
  graph: string;
  /** Set by the host where there is such a cell. */
  source?: string;
}

/** A text that is to become a new file, shown in a tab. */
export interface OpenTextDetail {
  name: string;
  text: string;
}

/** The editor whose history is to be shown. */
export interface ShowVersionsDetail {
  document: () => GraphDocument;
  /** Makes the drawing what a version was, as one undoable step. */
  restore: (version: GraphDocument, title: string) => void;
}

/** A drawing that is to become a new file, shown in a tab. */
export interface OpenDrawingDetail {
  document: GraphDocument;
}

export interface HostEvents {
  'patholearn:emit-cell': EmitCellDetail;
  'patholearn:find-cell': FindCellDetail;
  'patholearn:read-cell': ReadCellDetail;
  'patholearn:open-text': OpenTextDetail;
  'patholearn:open-drawing': OpenDrawingDetail;
  'patholearn:show-versions': ShowVersionsDetail;
  'patholearn:save-notebook': Record<string, never>;
}

/** Asks the host; returns whether there is one that took it. */
export function askHost<K extends keyof HostEvents>(target: HTMLElement, name: K, detail: HostEvents[K]): boolean {
  return !target.dispatchEvent(new CustomEvent(name, { bubbles: true, cancelable: true, detail }));
}
