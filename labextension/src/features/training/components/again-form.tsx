import { useState } from 'react';
import { FIELDS, inWords, refusal, typedSettings } from '../fields';

interface AgainFormProps {
  /** What is filled in to begin with. */
  changes: Record<string, unknown>;
  onStart: (changes: Record<string, unknown>) => void;
  onClose: () => void;
}

/** The settings of a training that is done once more: what stays empty is as it was. */
export function AgainForm({ changes, onStart, onClose }: AgainFormProps): JSX.Element {
  const names = new Set<string>(FIELDS.map(field => field.name));
  const [texts, setTexts] = useState<Record<string, string>>(() =>
    Object.fromEntries(
      Object.entries(changes).flatMap(([name, value]) => (names.has(name) ? [[name, String(value)]] : []))
    )
  );
  // What a remedy sets besides the fields goes along.
  const others = Object.fromEntries(Object.entries(changes).filter(([name]) => !names.has(name)));
  const refusals = FIELDS.map(field => refusal(field, texts[field.name] ?? '')).filter(Boolean);
  return (
    <form
      className="plab-again"
      aria-label="Train once more with other settings"
      onSubmit={event => {
        event.preventDefault();
        if (refusals.length === 0) {
          onStart({ ...others, ...typedSettings(texts, {}) });
        }
      }}
    >
      <p>
        The same network and data once more, as a new run. What stays empty is as it was.
        {Object.keys(others).length > 0 && ` Besides: ${inWords(others)}.`}
      </p>
      <div className="plab-form-fields">
        {FIELDS.map(field => (
          <label key={field.name} className="plab-field" title={field.help}>
            <span>{field.label}</span>
            <input
              type="text"
              inputMode="decimal"
              value={texts[field.name] ?? ''}
              placeholder="as it was"
              aria-invalid={refusal(field, texts[field.name] ?? '') !== ''}
              onChange={event => {
                setTexts({ ...texts, [field.name]: event.target.value });
              }}
            />
          </label>
        ))}
        <button type="submit" className="plab-button plab-button-primary" disabled={refusals.length > 0}>
          Train
        </button>
        <button type="button" className="plab-button" onClick={onClose}>
          Close
        </button>
      </div>
      {refusals.map(text => (
        <p key={text} className="plab-refusal" role="alert">
          {text}
        </p>
      ))}
    </form>
  );
}
