import { useId } from 'react';

/** Licences that data sets of pathology have; any other text may stand there too. */
const USUAL = ['CC0 1.0', 'CC BY 4.0', 'CC BY-SA 4.0', 'CC BY-NC 4.0', 'Own pictures, not to be passed on'];

interface LicenceFieldProps {
  value: string;
  onChange: (value: string) => void;
}

export function LicenceField({ value, onChange }: LicenceFieldProps): JSX.Element {
  const list = useId();
  return (
    <label className="plab-field" title="What others may do with the pictures. It is shown on the card and exported.">
      <span>Licence</span>
      <input
        list={list}
        maxLength={200}
        placeholder="What others may do with it"
        value={value}
        onChange={event => {
          onChange(event.target.value);
        }}
      />
      <datalist id={list}>
        {USUAL.map(one => (
          <option key={one} value={one} />
        ))}
      </datalist>
    </label>
  );
}
