import type { Estimate, MemoryPart } from '../../../api';
import { Icon, bytes } from '../../../elements';

interface EstimateCardProps {
  estimate: Estimate;
  /** Takes the batch size that would fit. */
  onTake: (batchSize: number) => void;
}

/** Whether a training fits, what takes the memory as one bar, and how long it takes. A warning, not a wall. */
export function EstimateCard({ estimate, onTake }: EstimateCardProps): JSX.Element {
  const { parts, needed_bytes: needed, available_bytes: available, fits, largest_batch: largest } = estimate;
  const [first, ...others] = estimate.reasons;
  const whole = Math.max(needed, available, 1);
  return (
    <section className={`plab-estimate plab-estimate-${fits ? 'fits' : 'tight'}`} aria-label="Estimate">
      <p className="plab-estimate-verdict">
        <Icon name={fits ? 'check' : 'warning'} />
        <strong>{first}</strong>
      </p>
      {/* The bar is as long as what is free; where more is needed, a line shows where that ends. */}
      <div className="plab-estimate-bar" aria-hidden="true">
        {parts.map(part => (
          <span
            key={part.name}
            className={`plab-estimate-${part.name}`}
            style={{ width: `${(100 * part.bytes) / whole}%` }}
            title={`${part.label}: ${bytes(part.bytes)}`}
          />
        ))}
        {needed > available && <i style={{ left: `${(100 * available) / whole}%` }} title="What is free ends here" />}
      </div>
      <ul className="plab-estimate-parts" aria-label="What takes the memory">
        {parts.map(part => (
          <Part key={part.name} part={part} />
        ))}
        <li>
          <span className="plab-estimate-swatch" aria-hidden="true" />
          Free <span className="plab-faint">{bytes(available)}</span>
        </li>
      </ul>
      {others.map(reason => (
        <p key={reason}>{reason}</p>
      ))}
      {!fits && largest !== null && (
        <p>
          <button
            type="button"
            className="plab-button"
            onClick={() => {
              onTake(largest);
            }}
          >
            Take a batch of {largest}
          </button>
        </p>
      )}
    </section>
  );
}

function Part({ part }: { part: MemoryPart }): JSX.Element {
  return (
    <li title={part.text}>
      <span className={`plab-estimate-swatch plab-estimate-${part.name}`} aria-hidden="true" />
      {part.label} <span className="plab-faint">{bytes(part.bytes)}</span>
    </li>
  );
}
