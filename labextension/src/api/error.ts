import type { ApiErrorData } from './types';

/** A call that failed, in words for a person: what happened (`message`), and what to do about it (`hint`). */
export class ApiError extends Error {
  readonly code: string;
  readonly hint: string;
  readonly details: Record<string, unknown>;

  constructor(data: Partial<ApiErrorData>) {
    super(data.message ?? 'The server answered with an error that it did not explain.');
    this.name = 'ApiError';
    this.code = data.error ?? 'unknown';
    this.hint = data.hint ?? '';
    this.details = data.details ?? {};
  }
}

/** What to show of anything that was thrown. */
export function errorText(reason: unknown): { message: string; hint: string } {
  if (reason instanceof ApiError) {
    return { message: reason.message, hint: reason.hint };
  }
  return { message: reason instanceof Error ? reason.message : String(reason), hint: '' };
}
