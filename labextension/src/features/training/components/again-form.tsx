import { useState } from 'react';
import type { JobsApi } from '../../../api';
import { useAnswer } from '../../../elements';
import { FIELDS, inWords, recordedTexts, typedSettings } from '../fields';
import { MoreFields, SettingFields, refusalsOf } from './setting-fields';

interface AgainFormProps {
  jobs: JobsApi;
  jobId: string;
  /** What is filled in to begin with. */
  changes: Record<string, unknown>;
  onStart: (changes: Record<string, unknown>) => void;
  onClose: () => void;
}

/** The settings of a training that is done once more, as they were; only what is changed is sent. */
export function AgainForm({ jobs, jobId, changes, onStart, onClose }: AgainFormProps): JSX.Element {
  const names = new Set<string>(FIELDS.map(field => field.name));
  const [texts, setTexts] = useState<Record<string, string>>(() =>
    Object.fromEntries(
      Object.entries(changes).flatMap(([name, value]) => (names.has(name) ? [[name, String(value)]] : []))
    )
  );
  // What a remedy sets besides the fields goes along.
  const others = Object.fromEntries(Object.entries(changes).filter(([name]) => !names.has(name)));
  // A run that ended before it had opened its data kept no record: then the fields are empty.
  const was = recordedTexts(useAnswer(() => jobs.record(jobId), jobId).value?.settings ?? {});
  const shown = { ...was, ...texts };
  const changed = Object.fromEntries(Object.entries(shown).filter(([name, text]) => text !== was[name]));
  const refusals = refusalsOf(shown);
  const change = (name: string, text: string): void => {
    setTexts({ ...texts, [name]: text });
  };
  return (
    <form
      className="plab-again"
      aria-label="Train once more with other settings"
      onSubmit={event => {
        event.preventDefault();
        if (refusals.length === 0) {
          onStart({ ...others, ...typedSettings(changed, {}) });
        }
      }}
    >
      <p>
        The same network and data once more, as a new run. What stays empty is as it was.
        {Object.keys(others).length > 0 && ` Besides: ${inWords(others)}.`}
      </p>
      <div className="plab-form-fields">
        <SettingFields texts={shown} empty="as it was" onChange={change} />
        <button type="submit" className="plab-button plab-button-primary" disabled={refusals.length > 0}>
          Train
        </button>
        <button type="button" className="plab-button" onClick={onClose}>
          Close
        </button>
      </div>
      <MoreFields texts={shown} empty="as it was" onChange={change} />
      {refusals.map(text => (
        <p key={text} className="plab-refusal" role="alert">
          {text}
        </p>
      ))}
    </form>
  );
}
