import { useEffect, useRef, useState } from 'react';
import { Icon, type IconName } from './icon';

interface ConfirmButtonProps {
  label: string;
  icon: IconName;
  question: string;
  /** What the button that does it says. */
  yes: string;
  no: string;
  onConfirm: () => void;
}

/** Asks once, in place: no dialog that hides what the question is about. */
export function ConfirmButton({ label, icon, question, yes, no, onConfirm }: ConfirmButtonProps): JSX.Element {
  const [isAsking, setIsAsking] = useState(false);
  const keep = useRef<HTMLButtonElement>(null);
  useEffect(() => {
    if (isAsking) {
      keep.current?.focus();
    }
  }, [isAsking]);
  if (!isAsking) {
    return (
      <button
        type="button"
        className="plab-button"
        onClick={() => {
          setIsAsking(true);
        }}
      >
        <Icon name={icon} />
        {label}
      </button>
    );
  }
  return (
    <span
      className="plab-confirm"
      role="group"
      aria-label={question}
      onKeyDown={event => {
        if (event.key === 'Escape') {
          setIsAsking(false);
        }
      }}
    >
      <span>{question}</span>
      <button
        type="button"
        className="plab-button plab-button-danger"
        onClick={() => {
          setIsAsking(false);
          onConfirm();
        }}
      >
        {yes}
      </button>
      <button
        type="button"
        className="plab-button"
        ref={keep}
        onClick={() => {
          setIsAsking(false);
        }}
      >
        {no}
      </button>
    </span>
  );
}
