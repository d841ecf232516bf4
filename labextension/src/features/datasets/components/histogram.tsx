import type { Distribution } from '../../../api';

interface HistogramProps {
  title: string;
  /** What the figure is, in a sentence. */
  help: string;
  distribution: Distribution;
}

const WIDTH = 240;
const HEIGHT = 72;

/** How many images have which value, as bars; the means of the classes below. */
export function Histogram({ title, help, distribution }: HistogramProps): JSX.Element {
  const { counts, edges, by_class: byClass, median } = distribution;
  const largest = Math.max(1, ...counts);
  const step = WIDTH / Math.max(1, counts.length);
  const first = edges[0] ?? 0;
  const last = edges.at(-1) ?? 1;
  const classes = Object.entries(byClass);
  return (
    <figure className="plab-histogram">
      <figcaption title={help}>{title}</figcaption>
      <svg
        viewBox={`0 0 ${String(WIDTH)} ${String(HEIGHT)}`}
        role="img"
        aria-label={`${title}: half of the images lie below ${short(median)}; all from ${short(first)} to ${short(last)}`}
      >
        {counts.map((value, place) => {
          const height = (HEIGHT * value) / largest;
          return (
            <rect key={place} x={place * step + 0.5} y={HEIGHT - height} width={step - 1} height={height} rx={1}>
              <title>{`${String(value)} images from ${short(edges[place] ?? 0)} to ${short(edges[place + 1] ?? 0)}`}</title>
            </rect>
          );
        })}
      </svg>
      <div className="plab-histogram-axis plab-faint">
        <span>{short(first)}</span>
        <span>{short(last)}</span>
      </div>
      {classes.length > 0 && classes.length <= 6 && (
        <p className="plab-faint">Mean: {classes.map(([name, value]) => `${name} ${short(value)}`).join(', ')}</p>
      )}
    </figure>
  );
}

function short(value: number): string {
  return Math.abs(value) >= 100 ? value.toFixed(0) : value.toPrecision(2);
}
