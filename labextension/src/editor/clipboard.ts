/** The browser's clipboard: nodes travel as the text of a document, so that they reach other drawings and programs. */

import { isField } from './dom';

export interface ClipboardActions {
  /** The selection as text; undefined where nothing is selected. */
  copy: () => string | undefined;
  cut: () => string | undefined;
  paste: (text: string) => void;
}

/** What was copied last in this page: the clipboard cannot always be read without a key. */
let last = '';

/**
 * Listens while the canvas has the focus; fields and selected text keep their own clipboard. Returns what ends it.
 *
 * At the document: browsers send these events to where a text was selected last, which may be anywhere.
 */
export function listenToClipboard(root: HTMLElement, canvas: HTMLElement, actions: ClipboardActions): () => void {
  const end = new AbortController();
  for (const name of ['copy', 'cut', 'paste'] as const) {
    const onEvent = (event: ClipboardEvent): void => {
      const focus = document.activeElement;
      const isText = name !== 'paste' && getSelection()?.isCollapsed === false;
      if ((focus !== root && (!canvas.contains(focus) || isField(focus))) || isText) {
        return;
      }
      event.stopPropagation();
      if (name === 'paste') {
        event.preventDefault();
        actions.paste(event.clipboardData?.getData('text/plain') ?? '');
        return;
      }
      const text = actions[name]();
      if (text !== undefined) {
        event.preventDefault();
        event.clipboardData?.setData('text/plain', text);
        last = text;
      }
    };
    document.addEventListener(name, onEvent, { capture: true, signal: end.signal });
    // What happens in the fields is no business of the notebook around.
    root.addEventListener(name, event => {
      event.stopPropagation();
    });
  }
  return () => {
    end.abort();
  };
}

/** Puts text into the clipboard without a key, as far as the browser allows it. */
export async function writeClipboard(text: string | undefined): Promise<void> {
  if (text !== undefined) {
    last = text;
    await navigator.clipboard.writeText(text);
  }
}

/** Reads the clipboard without a key; what was copied last in this page where the browser refuses. */
export async function readClipboard(): Promise<string> {
  try {
    return await navigator.clipboard.readText();
  } catch (reason) {
    console.info('PathoLearn Lab: the browser does not let the clipboard be read from a menu', reason);
    return last;
  }
}
