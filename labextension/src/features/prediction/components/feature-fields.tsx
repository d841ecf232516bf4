import type { ModelManifest } from '../../../api';
import { Icon } from '../../../elements';
import { figure } from '../answers';

interface FeatureFieldsProps {
  table: NonNullable<ModelManifest['standardization']>;
  /** What stands in the fields, by the features' names. */
  row: Record<string, string>;
  isBusy: boolean;
  /** Null where there is nothing to ask about yet. */
  onAsk: (() => void) | null;
  onChange: (row: Record<string, string>) => void;
}

/** The row of a table that a network takes beside the image: filled by a sample, to be changed and asked again. */
export function FeatureFields({ table, row, isBusy, onAsk, onChange }: FeatureFieldsProps): JSX.Element {
  return (
    <form
      className="plab-features"
      aria-label="Features of the table"
      onSubmit={event => {
        event.preventDefault();
        onAsk?.();
      }}
    >
      <div className="plab-features-fields">
        {table.features.map((name, place) => (
          <label key={name} className="plab-field">
            <span>{name}</span>
            <input
              type="number"
              step="any"
              value={row[name] ?? ''}
              aria-invalid={!isNumber(row[name])}
              title={`In training: ${figure(table.mean[place] ?? 0)} on average, spread ${figure(table.std[place] ?? 0)}`}
              onChange={event => {
                onChange({ ...row, [name]: event.target.value });
              }}
            />
          </label>
        ))}
      </div>
      <div className="plab-drop-bar">
        <button type="submit" className="plab-button" disabled={isBusy || !onAsk}>
          <Icon name="play" />
          Ask with these features
        </button>
        <span className="plab-faint">
          They begin at the averages of the training; a random sample brings its own. Change one, and see what that does
          to the answer.
        </span>
      </div>
    </form>
  );
}

/** The averages of the training, as texts for the fields. */
export function averageRow(table: ModelManifest['standardization']): Record<string, string> {
  return Object.fromEntries((table?.features ?? []).map((name, place) => [name, figure(table?.mean[place] ?? 0)]));
}

/** The row as numbers, or the name of the first field that holds none. */
export function readRow(row: Record<string, string>): Record<string, number> | string {
  const wrong = Object.keys(row).find(name => !isNumber(row[name]));
  return wrong ?? Object.fromEntries(Object.entries(row).map(([name, text]) => [name, Number(text)]));
}

function isNumber(text: string | undefined): boolean {
  return text !== undefined && text.trim() !== '' && Number.isFinite(Number(text));
}
