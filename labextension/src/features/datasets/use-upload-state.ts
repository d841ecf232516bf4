import { useEffect } from 'react';
import type { EventsApi, UploadState, UploadsApi } from '../../api';
import { useAnswer, type Answer } from '../../elements';

/** How often it is asked while something is done: events may be lost on the way. */
const LOOK_MS = 2000;

export function isBusy(state: UploadState | undefined): boolean {
  return state?.state === 'checking' || state?.state === 'importing';
}

/** An upload as it is now, kept up to date. */
export function useUploadState(uploads: UploadsApi, events: EventsApi, id: string): Answer<UploadState> {
  const answer = useAnswer(() => uploads.get(id), id);
  const { reload, value } = answer;
  const busy = isBusy(value);
  useEffect(() => events.subscribe(reload, [`uploads.${id}`]), [events, id, reload]);
  useEffect(() => {
    const timer = busy ? setInterval(reload, LOOK_MS) : undefined;
    return () => {
      clearInterval(timer);
    };
  }, [busy, reload]);
  return answer;
}
