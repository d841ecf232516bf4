import { useEffect, useRef, useState } from 'react';

interface NameFormProps {
  label: string;
  value: string;
  longest: number;
  submit: string;
  onSubmit: (name: string) => void;
}

/** Asks for one name, in place. */
export function NameForm({ label, value, longest, submit, onSubmit }: NameFormProps): JSX.Element {
  const [name, setName] = useState(value);
  const field = useRef<HTMLInputElement>(null);
  useEffect(() => {
    field.current?.select();
  }, []);
  return (
    <form
      className="plab-history-name"
      onSubmit={event => {
        event.preventDefault();
        onSubmit(name);
      }}
    >
      <label>
        <span>{label}</span>
        <input
          ref={field}
          className="plab-input"
          type="text"
          maxLength={longest}
          value={name}
          onChange={event => {
            setName(event.target.value);
          }}
        />
      </label>
      <button type="submit" className="plab-button plab-button-primary" disabled={name.trim() === ''}>
        {submit}
      </button>
    </form>
  );
}
