import { useEffect, useState } from 'react';
import { Icon, type IconName } from './icon';

interface CopyButtonProps {
  text: string;
  label: string;
  icon?: IconName;
}

/** Copies a text and says so for a moment. The text is the tooltip, for where the browser forbids copying. */
export function CopyButton({ text, label, icon = 'copy' }: CopyButtonProps): JSX.Element {
  const [outcome, setOutcome] = useState<'' | 'Copied' | 'Copying is not allowed here'>('');
  useEffect(() => {
    const timer = outcome
      ? setTimeout(() => {
          setOutcome('');
        }, 2000)
      : undefined;
    return () => {
      clearTimeout(timer);
    };
  }, [outcome]);

  const copy = (): void => {
    // Only secure pages have a clipboard, so it may be missing whatever its type says.
    const clipboard = navigator.clipboard as Clipboard | undefined;
    const copied = clipboard?.writeText(text) ?? Promise.reject(new Error('no clipboard'));
    copied.then(
      () => {
        setOutcome('Copied');
      },
      () => {
        setOutcome('Copying is not allowed here');
      }
    );
  };

  return (
    <button type="button" className="plab-button plab-button-quiet" title={text.slice(0, 500)} onClick={copy}>
      <Icon name={outcome === 'Copied' ? 'check' : icon} />
      <span aria-live="polite">{outcome || label}</span>
    </button>
  );
}
