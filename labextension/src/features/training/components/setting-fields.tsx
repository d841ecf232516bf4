import { FIELDS, refusal, type Field } from '../fields';

interface SettingFieldsProps {
  texts: Record<string, string>;
  /** What an empty field means, where it is not what the field says itself. */
  empty?: string;
  onChange: (name: string, text: string) => void;
}

/** The fields that most people need. */
export function SettingFields(props: SettingFieldsProps): JSX.Element {
  return <>{FIELDS.filter(field => !field.isMore).map(field => one(field, props))}</>;
}

/** The others, closed unless something stands in them. */
export function MoreFields(props: SettingFieldsProps): JSX.Element {
  const more = FIELDS.filter(field => field.isMore);
  return (
    <details className="plab-more" open={more.some(field => props.texts[field.name])}>
      <summary>More</summary>
      <div className="plab-form-fields">{more.map(field => one(field, props))}</div>
    </details>
  );
}

/** What is wrong with the texts, in the order of the fields. */
export function refusalsOf(texts: Record<string, string>): string[] {
  return FIELDS.map(field => refusal(field, texts[field.name] ?? '')).filter(Boolean);
}

function one(field: Field, { texts, empty, onChange }: SettingFieldsProps): JSX.Element {
  const text = texts[field.name] ?? '';
  return (
    <label key={field.name} className="plab-field" title={field.help}>
      <span>{field.label}</span>
      {field.choices ? (
        <select
          value={text}
          onChange={event => {
            onChange(field.name, event.target.value);
          }}
        >
          <option value="">{empty ?? field.empty}</option>
          {field.choices.map(([value, words]) => (
            <option key={value} value={value}>
              {words}
            </option>
          ))}
        </select>
      ) : (
        <input
          type="text"
          inputMode="decimal"
          value={text}
          placeholder={empty ?? field.empty}
          aria-invalid={refusal(field, text) !== ''}
          onChange={event => {
            onChange(field.name, event.target.value);
          }}
        />
      )}
    </label>
  );
}
