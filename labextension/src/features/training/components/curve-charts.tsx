import { useRef, useState, type ReactNode } from 'react';
import { pixelsOfSvg } from '../../../editor/picture-files';
import { Icon, Notice, saveFile } from '../../../elements';
import { title, type Chart, type Look } from '../curves';
import type { CurveView, Measured } from '../curve-view';

interface CurveChartsProps {
  charts: Chart[];
  view: CurveView;
  onView: (view: CurveView) => void;
  /** Draws one chart; the host's own renderer does it. */
  draw: (chart: Chart) => ReactNode;
  /** What can be shown or hidden, by the name of the button. */
  series: readonly (readonly [Measured, string])[];
  /** What the colors mean. */
  legend: readonly Look[];
  children?: ReactNode;
}

/** Charts side by side, below a row by which one chooses how they are looked at. */
export function CurveCharts(props: CurveChartsProps): JSX.Element {
  const { charts, view, onView, draw, legend } = props;
  const drawn = useRef<HTMLDivElement>(null);
  const [reason, setReason] = useState<unknown>();
  return (
    <div className="plab-charts" role="group" aria-label="Curves">
      <Controls {...props} view={view} onView={onView}>
        {props.children}
        <button
          type="button"
          className="plab-button plab-button-quiet"
          title="Save every chart as a picture"
          onClick={() => {
            setReason(undefined);
            savePictures(drawn.current).catch(setReason);
          }}
        >
          <Icon name="image" />
          PNG
        </button>
      </Controls>
      {reason !== undefined && <Notice reason={reason} />}
      <div className="plab-charts-drawn" ref={drawn}>
        {charts.map(chart => (
          <figure key={chart.quantity} className="plab-chart" aria-label={title(chart)} data-quantity={chart.quantity}>
            <figcaption>{title(chart)}</figcaption>
            {draw(chart)}
          </figure>
        ))}
      </div>
      <p className="plab-chart-legend">
        {legend.map(look => (
          <span key={look.series}>
            <Stroke look={look} />
            {look.series}
          </span>
        ))}
      </p>
    </div>
  );
}

/** How a series is drawn, beside its name. */
export function Stroke({ look }: { look: Look }): JSX.Element {
  return (
    <svg className="plab-chart-stroke" viewBox="0 0 30 12" aria-hidden="true" focusable="false">
      {look.as === 'point' ? (
        <path d="M15 1l6 5-6 5-6-5Z" fill={look.color} />
      ) : (
        <path
          d={look.as === 'thin' ? 'M1 9l6-6 6 5 6-4 10 1' : 'M1 6h28'}
          fill="none"
          stroke={look.color}
          strokeWidth={look.as === 'thin' ? 1 : 2}
          strokeDasharray={look.dash[1] ? look.dash.join(' ') : undefined}
        />
      )}
    </svg>
  );
}

function Controls({ view, onView, series, children }: CurveChartsProps): JSX.Element {
  const flip = (name: Measured): readonly Measured[] =>
    view.hidden.includes(name) ? view.hidden.filter(one => one !== name) : [...view.hidden, name];
  return (
    <div className="plab-charts-controls" role="toolbar" aria-label="How the curves are shown">
      {series.map(([name, words]) => (
        <button
          key={name}
          type="button"
          className="plab-button plab-toggle"
          aria-pressed={!view.hidden.includes(name)}
          title="Show or hide"
          onClick={() => {
            onView({ ...view, hidden: flip(name) });
          }}
        >
          {words}
        </button>
      ))}
      <label>
        Along
        <select
          value={view.along}
          onChange={event => {
            onView({ ...view, along: event.target.value as CurveView['along'] });
          }}
        >
          <option value="epoch">epochs</option>
          <option value="step">steps</option>
          <option value="time">time</option>
        </select>
      </label>
      <label title="How much of the values before goes into each value">
        Smooth
        <input
          type="range"
          min={0}
          max={0.95}
          step={0.05}
          value={view.smoothing}
          onChange={event => {
            onView({ ...view, smoothing: Number(event.target.value) });
          }}
        />
      </label>
      <button
        type="button"
        className="plab-button plab-toggle"
        aria-pressed={view.log}
        title="A logarithmic axis of values"
        onClick={() => {
          onView({ ...view, log: !view.log });
        }}
      >
        Log
      </button>
      <button
        type="button"
        className="plab-button plab-toggle"
        aria-pressed={view.zoom}
        title="Zoom with the wheel, move by dragging; off shows the whole again"
        onClick={() => {
          onView({ ...view, zoom: !view.zoom });
        }}
      >
        Zoom
      </button>
      {children}
    </div>
  );
}

/** Saves what the host drew, on white, for a report. */
async function savePictures(place: HTMLElement | null): Promise<void> {
  const figures = [...(place?.querySelectorAll<HTMLElement>('figure') ?? [])];
  for (const figure of figures) {
    const svg = figure.querySelector<SVGSVGElement>('.plab-chart-drawing svg');
    if (!svg) {
      throw new Error('The charts are not drawn yet, so there is no picture of them.');
    }
    const { width, height } = svg.getBoundingClientRect();
    const copy = svg.cloneNode(true) as SVGSVGElement;
    copy.style.background = 'white';
    const blob = await pixelsOfSvg(new XMLSerializer().serializeToString(copy), width, height, 'image/png');
    saveFile(blob, `${figure.dataset['quantity'] ?? 'curve'}.png`);
  }
}
