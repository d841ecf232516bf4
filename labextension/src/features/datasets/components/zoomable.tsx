import { useRef, useState, type ReactNode } from 'react';
import { Icon } from '../../../elements';

const MOST = 16;
const STEP = 1.5;

interface View {
  zoom: number;
  x: number;
  y: number;
}

const WHOLE: View = { zoom: 1, x: 0, y: 0 };

/** Zooms what is in it: by the wheel, by `+` and `-`, by buttons; dragged with the mouse. `0` shows all again. */
export function Zoomable({ children }: { children: ReactNode }): JSX.Element {
  const [view, setView] = useState(WHOLE);
  const held = useRef<{ x: number; y: number } | null>(null);
  const zoom = (factor: number): void => {
    setView(before => {
      const next = Math.min(MOST, Math.max(1, before.zoom * factor));
      return next === 1
        ? WHOLE
        : { zoom: next, x: (before.x * next) / before.zoom, y: (before.y * next) / before.zoom };
    });
  };
  return (
    <div
      className="plab-zoomable"
      onWheel={event => {
        zoom(event.deltaY < 0 ? STEP : 1 / STEP);
      }}
      onKeyDown={event => {
        const factor = { '+': STEP, '=': STEP, '-': 1 / STEP, '0': 1 / MOST }[event.key];
        if (factor) {
          zoom(factor);
          event.stopPropagation();
        }
      }}
      onPointerDown={event => {
        if (view.zoom > 1 && !(event.target as Element).closest('button')) {
          held.current = { x: event.clientX - view.x, y: event.clientY - view.y };
          event.currentTarget.setPointerCapture(event.pointerId);
        }
      }}
      onPointerMove={event => {
        const start = held.current;
        if (start) {
          setView(before => ({ ...before, x: event.clientX - start.x, y: event.clientY - start.y }));
        }
      }}
      onPointerUp={() => {
        held.current = null;
      }}
    >
      <div className="plab-zoom-frame">
        <div style={{ transform: `translate(${String(view.x)}px, ${String(view.y)}px) scale(${String(view.zoom)})` }}>
          {children}
        </div>
      </div>
      <div className="plab-zoom-buttons">
        <button
          type="button"
          className="plab-button"
          title="Smaller (-)"
          aria-label="Zoom out"
          disabled={view.zoom === 1}
          onClick={() => {
            zoom(1 / STEP);
          }}
        >
          <Icon name="minus" />
        </button>
        <span aria-live="polite">{Math.round(100 * view.zoom)} %</span>
        <button
          type="button"
          className="plab-button"
          title="Larger (+)"
          aria-label="Zoom in"
          disabled={view.zoom === MOST}
          onClick={() => {
            zoom(STEP);
          }}
        >
          <Icon name="plus" />
        </button>
      </div>
    </div>
  );
}
