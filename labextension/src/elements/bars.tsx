export interface Bar {
  label: string;
  /** How long the bar is, 0 to 1. */
  share: number;
  /** The number beside it. */
  text: string;
  isMarked?: boolean;
}

interface BarsProps {
  bars: Bar[];
  /** What the bars are, for a screen reader. */
  caption: string;
}

/** Horizontal bars with their names before and their numbers behind them: a list to a screen reader. */
export function Bars({ bars, caption }: BarsProps): JSX.Element {
  return (
    <ul className="plab-bars" aria-label={caption}>
      {bars.map(bar => (
        <li key={bar.label} className={bar.isMarked ? 'plab-bar plab-bar-marked' : 'plab-bar'}>
          <span className="plab-bar-label" title={bar.label}>
            {bar.label}
          </span>
          <span className="plab-bar-track" aria-hidden="true">
            <span className="plab-bar-fill" style={{ width: `${100 * Math.min(1, Math.max(0, bar.share))}%` }} />
          </span>
          <span className="plab-bar-text">{bar.text}</span>
        </li>
      ))}
    </ul>
  );
}
