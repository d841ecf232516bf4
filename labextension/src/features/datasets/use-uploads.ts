import { useCallback, useEffect, useRef, useState } from 'react';
import type { EventsApi, UploadState, UploadsApi } from '../../api';
import { useAnswer } from '../../elements';
import { Sender } from './sending/sender';

/** A file that is being sent from here, or that waits on the server. */
export interface Arrival {
  key: string;
  fileName: string;
  /** Of a file that this page has; null of one that was left before. */
  sender: Sender | null;
  state: UploadState | null;
}

export interface Uploads {
  arrivals: Arrival[];
  /** Begins to send a file, and returns its key. */
  send(file: Blob, fileName: string): string;
  /** Forgets a file here and on the server. */
  giveUp(arrival: Arrival): void;
  /** Takes a file from the list that has become a data set. */
  finish(arrival: Arrival): void;
}

/** The files that are on their way: those of this page, and those that the server has kept. */
export function useUploads(uploads: UploadsApi, events: EventsApi): Uploads {
  const [senders, setSenders] = useState<Sender[]>([]);
  const [, redraw] = useState(0);
  const { value: kept, reload } = useAnswer(() => uploads.list(), 'uploads');
  const current = useRef<Sender[]>([]);
  current.current = senders;
  useEffect(
    () =>
      events.subscribe(
        event => {
          // While a file is read there is news a few times a second; the list shows only what comes out.
          if (!(event.data as { progress?: unknown }).progress) {
            reload();
          }
        },
        ['datasets', 'uploads']
      ),
    [events, reload]
  );
  useEffect(
    () => () => {
      // A page that goes away ends its requests anyway; what has arrived stays on the server.
      for (const sender of current.current) {
        sender.pause();
      }
    },
    []
  );

  const send = useCallback(
    (file: Blob, fileName: string): string => {
      const sender = new Sender(uploads, file, fileName, () => {
        redraw(round => round + 1);
      });
      setSenders(before => [...before, sender]);
      void sender.start();
      return keyOf(sender);
    },
    [uploads]
  );
  const remove = useCallback(
    ({ sender }: Arrival) => {
      setSenders(before => before.filter(one => one !== sender));
      reload();
    },
    [reload]
  );
  const giveUp = useCallback(
    (arrival: Arrival) => {
      const gone = arrival.sender
        ? arrival.sender.cancel()
        : uploads.forget(arrival.state?.upload.id ?? '').catch(() => undefined);
      void gone.then(() => {
        remove(arrival);
      });
    },
    [uploads, remove]
  );

  const own = new Set(senders.map(sender => sender.upload?.id));
  const arrivals = [
    ...senders.map(sender => ({
      key: keyOf(sender),
      fileName: sender.fileName,
      sender,
      state: kept?.find(({ upload }) => upload.id === sender.upload?.id) ?? null
    })),
    ...(kept ?? [])
      .filter(({ upload }) => !own.has(upload.id))
      .map(state => ({ key: state.upload.id, fileName: state.upload.file_name, sender: null, state }))
  ];
  return { arrivals, send, giveUp, finish: remove };
}

const keys = new WeakMap<Sender, string>();
let made = 0;

function keyOf(sender: Sender): string {
  const known = keys.get(sender) ?? `sender-${++made}`;
  keys.set(sender, known);
  return known;
}
