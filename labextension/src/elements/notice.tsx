import type { ReactNode } from 'react';
import { errorText } from '../api';
import { Icon } from './icon';

interface NoticeProps {
  /** What was thrown, or an error in the shape in which errors travel. */
  reason: unknown;
  children?: ReactNode;
}

/** An error in words: what happened, and what to do about it. */
export function Notice({ reason, children }: NoticeProps): JSX.Element {
  const { message, hint } = isErrorData(reason) ? reason : errorText(reason);
  return (
    <div className="plab-notice" role="alert">
      <Icon name="warning" />
      <div>
        <p className="plab-notice-message">{message}</p>
        {hint && <p className="plab-notice-hint">{hint}</p>}
        {children}
      </div>
    </div>
  );
}

function isErrorData(reason: unknown): reason is { message: string; hint: string } {
  return (
    typeof reason === 'object' &&
    reason !== null &&
    !(reason instanceof Error) &&
    'message' in reason &&
    'hint' in reason
  );
}
