import type { IRenderMimeRegistry } from '@jupyterlab/rendermime';
import type { IRenderMime } from '@jupyterlab/rendermime-interfaces';
import { useEffect, useRef } from 'react';
import type { Chart } from '../curves';
import { lastValues, vegaLite } from '../vega-lite';

const VEGA_LITE = 'application/vnd.vegalite.v5+json';

/** A chart, drawn by JupyterLab's own renderer of Vega-Lite; the last numbers as words where that is switched off. */
export function ChartView({ chart, rendermime }: { chart: Chart; rendermime: IRenderMimeRegistry }): JSX.Element {
  const place = useRef<HTMLDivElement>(null);
  const canDraw = rendermime.mimeTypes.includes(VEGA_LITE);
  const spec = JSON.stringify(vegaLite(chart));
  useEffect(() => {
    const node = place.current;
    if (!node || !canDraw) {
      return;
    }
    const renderer = rendermime.createRenderer(VEGA_LITE);
    // Put in place by hand: React owns what is around it, so that the renderer is no part of Lumino's tree.
    node.replaceChildren(renderer.node);
    renderer.renderModel(modelOf(spec)).catch((reason: unknown) => {
      node.textContent = `The curve cannot be drawn: ${String(reason)}`;
    });
    return () => {
      renderer.dispose();
    };
  }, [spec, canDraw, rendermime]);
  return canDraw ? <div className="plab-chart-drawing" ref={place} /> : <p>{lastValues(chart)}</p>;
}

/** The model of a drawing. The renderer would add a picture of it to the notebook's file; here that leads nowhere. */
function modelOf(spec: string): IRenderMime.IMimeModel {
  return {
    trusted: true,
    data: { [VEGA_LITE]: JSON.parse(spec) as Record<string, never> },
    metadata: { [VEGA_LITE]: { embed_options: { actions: false, renderer: 'svg' } } },
    setData: () => undefined
  };
}
