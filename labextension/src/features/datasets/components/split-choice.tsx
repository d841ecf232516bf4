import type { Preview, SplitShares } from '../../../api';
import { count } from '../../../elements';
import { SPLITS, SPLIT_WORDS, total } from '../entries';

/** A new split, or null for the one that was found. */
export type Split = SplitShares | null;

const USUAL: SplitShares = { valid: 0.15, test: 0.15, seed: 0 };

interface SplitChoiceProps {
  preview: Preview;
  value: Split;
  onChange: (value: Split) => void;
}

/** Which images teach, which watch, which judge. */
export function SplitChoice({ preview, value, onChange }: SplitChoiceProps): JSX.Element {
  const found = SPLITS.map(split => `${count(total(preview, split))} ${SPLIT_WORDS[split].toLowerCase()}`).join(', ');
  const share = (key: 'valid' | 'test', label: string): JSX.Element => (
    <label className="plab-field">
      <span>{label}, %</span>
      <input
        type="number"
        min={5}
        max={
          key === 'valid' ? 50 - Math.round(100 * (value ?? USUAL).test) : 50 - Math.round(100 * (value ?? USUAL).valid)
        }
        step={1}
        value={Math.round(100 * (value ?? USUAL)[key])}
        onChange={event => {
          onChange({ ...(value ?? USUAL), [key]: Number(event.target.value) / 100 });
        }}
      />
    </label>
  );
  return (
    <fieldset className="plab-ways">
      <legend>Split</legend>
      <p className="plab-faint">
        The network learns from the training images. Validation images tell during the training whether it still gets
        better; test images judge it at the end, and are used for nothing else.
      </p>
      <label className="plab-check">
        <input
          type="radio"
          name="split"
          checked={value === null}
          onChange={() => {
            onChange(null);
          }}
        />
        As it is: {found}
      </label>
      <label className="plab-check">
        <input
          type="radio"
          name="split"
          checked={value !== null}
          onChange={() => {
            onChange(USUAL);
          }}
        />
        A new one, at random within each class
      </label>
      {value && (
        <div className="plab-fields">
          {share('valid', 'Validation')}
          {share('test', 'Test')}
          <label className="plab-field" title="The same number draws the same split.">
            <span>Seed</span>
            <input
              type="number"
              min={0}
              step={1}
              value={value.seed}
              onChange={event => {
                onChange({ ...value, seed: Math.max(0, Math.floor(Number(event.target.value))) });
              }}
            />
          </label>
        </div>
      )}
    </fieldset>
  );
}
