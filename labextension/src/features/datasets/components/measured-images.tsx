import { useEffect, useState, type ReactNode } from 'react';
import type { DatasetsApi, EventsApi } from '../../../api';
import { Icon, Notice, useAnswer, type IconName } from '../../../elements';
import { WorkProgress } from './work-progress';

/** How often it is asked while images are measured: events may be lost on the way. */
const LOOK_MS = 2000;

interface MeasuredImagesProps {
  api: { datasets: DatasetsApi; events: EventsApi };
  dataset: string;
  /** What the button says that begins to measure. */
  label: string;
  icon: IconName;
  /** What can be shown as soon as every image was measured. */
  children: ReactNode;
}

/** Shows its children once every image of a set was measured; until then a button, or how far it is and a way to stop. */
export function MeasuredImages({ api, dataset, label, icon, children }: MeasuredImagesProps): JSX.Element {
  const { datasets, events } = api;
  const { value, reload } = useAnswer(() => datasets.measuring(dataset), dataset);
  const [reason, setReason] = useState<unknown>();
  const isMeasuring = value?.state === 'measuring';
  useEffect(() => events.subscribe(reload, [`measuring.${dataset}`]), [events, dataset, reload]);
  useEffect(() => {
    const timer = isMeasuring ? setInterval(reload, LOOK_MS) : undefined;
    return () => {
      clearInterval(timer);
    };
  }, [isMeasuring, reload]);
  const ask = (answer: Promise<unknown>): void => {
    setReason(undefined);
    answer.catch(setReason).finally(reload);
  };
  if (value?.state === 'measured') {
    return <>{children}</>;
  }
  return (
    <>
      {(reason !== undefined || value?.error) && <Notice reason={reason ?? value?.error} />}
      {isMeasuring ? (
        <div className="plab-measuring">
          <WorkProgress what="Looking at every image" progress={value.progress && { ...value.progress, stage: '' }} />
          <button
            type="button"
            className="plab-button"
            onClick={() => {
              ask(datasets.stopMeasuring(dataset));
            }}
          >
            <Icon name="stop" />
            Stop
          </button>
        </div>
      ) : (
        <p>
          <button
            type="button"
            className="plab-button"
            onClick={() => {
              ask(datasets.measure(dataset));
            }}
          >
            <Icon name={icon} />
            {label}
          </button>
        </p>
      )}
    </>
  );
}
