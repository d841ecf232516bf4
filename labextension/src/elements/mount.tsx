import { StrictMode, type ReactNode } from 'react';
import { createRoot } from 'react-dom/client';

/** Draws `node` into a widget's element and returns what takes it away again. The element may not be attached yet. */
export function mount(element: HTMLElement, node: ReactNode): () => void {
  element.classList.add('plab-root');
  // Without it JupyterLab takes single letters typed here as commands: `d d` would delete the cell.
  element.dataset['lmSuppressShortcuts'] = 'true';
  const root = createRoot(element);
  root.render(<StrictMode>{node}</StrictMode>);
  return () => {
    root.unmount();
  };
}
