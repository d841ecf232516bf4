import type { Visibility } from '../../../api';

const WORDS: Record<Visibility, string> = { private: 'Only me', group: 'My course', public: 'Everybody' };

interface VisibilityFieldProps {
  value: Visibility;
  onChange: (value: Visibility) => void;
}

/** Who may see a data set. */
export function VisibilityField({ value, onChange }: VisibilityFieldProps): JSX.Element {
  const offered: Visibility[] = value === 'group' ? ['private', 'group', 'public'] : ['private', 'public'];
  return (
    <label className="plab-field">
      <span>Who may see it</span>
      <select
        value={value}
        onChange={event => {
          onChange(event.target.value as Visibility);
        }}
      >
        {offered.map(one => (
          <option key={one} value={one}>
            {WORDS[one]}
          </option>
        ))}
      </select>
    </label>
  );
}
