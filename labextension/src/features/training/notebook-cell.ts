/** How a view talks to the notebook around it: by DOM events that the labextension answers where there is one. */

interface ReadCellDetail {
  graph: string;
  source?: string;
}

/** The source of the cell of a graph as it stands in the notebook, or null where there is no host or no such cell. */
export function readCell(element: HTMLElement, graph: string): string | null {
  if (!graph) {
    return null;
  }
  const detail: ReadCellDetail = { graph };
  element.dispatchEvent(new CustomEvent('patholearn:read-cell', { detail, bubbles: true, cancelable: true }));
  return detail.source ?? null;
}

/** Asks the host to save the notebook, so that what was trained is also what is on the disk. */
export function saveNotebook(element: HTMLElement): void {
  element.dispatchEvent(new CustomEvent('patholearn:save-notebook', { detail: {}, bubbles: true, cancelable: true }));
}
