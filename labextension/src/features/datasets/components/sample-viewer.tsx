import { useEffect, useRef } from 'react';
import type { DatasetsApi, Sample } from '../../../api';
import { Icon } from '../../../elements';
import { SPLIT_WORDS } from '../entries';
import { SampleImage } from './sample-image';
import { Zoomable } from './zoomable';

interface SampleViewerProps {
  datasets: DatasetsApi;
  dataset: string;
  samples: Sample[];
  place: number;
  /** The names of the columns of the set's table. */
  features: string[];
  hasMask: boolean;
  onMove: (place: number) => void;
  onClose: () => void;
}

/** One image, large. The arrow keys go through the images, Escape goes back. */
export function SampleViewer(props: SampleViewerProps): JSX.Element | null {
  const { datasets, dataset, samples, place, features, hasMask, onMove, onClose } = props;
  const close = useRef<HTMLButtonElement>(null);
  useEffect(() => {
    close.current?.focus();
  }, []);
  const sample = samples[place];
  if (!sample) {
    return null;
  }
  const title = sample.class_name ?? `image ${sample.index}`;
  const onKeyDown = (event: React.KeyboardEvent): void => {
    if (event.key === 'Escape') {
      onClose();
    } else if (event.key === 'ArrowLeft' && place > 0) {
      onMove(place - 1);
    } else if (event.key === 'ArrowRight' && place < samples.length - 1) {
      onMove(place + 1);
    } else {
      return;
    }
    event.preventDefault();
    event.stopPropagation();
  };
  return (
    <div
      className="plab-viewer plab-card"
      role="dialog"
      aria-label={`Image ${sample.index}, large`}
      onKeyDown={onKeyDown}
    >
      <div className="plab-viewer-head">
        <strong>{title}</strong>
        <span className="plab-faint">
          {SPLIT_WORDS[sample.split]}, image {sample.index}, {sample.name}
        </span>
        <span className="plab-spacer" />
        <button
          type="button"
          className="plab-button"
          disabled={place === 0}
          onClick={() => {
            onMove(place - 1);
          }}
        >
          <Icon name="left" />
          Before
        </button>
        <button
          type="button"
          className="plab-button"
          disabled={place === samples.length - 1}
          onClick={() => {
            onMove(place + 1);
          }}
        >
          Next
          <Icon name="right" />
        </button>
        <button type="button" className="plab-button" ref={close} onClick={onClose}>
          <Icon name="cross" />
          Close
        </button>
      </div>
      <Zoomable key={sample.index}>
        <SampleImage
          datasets={datasets}
          dataset={dataset}
          index={sample.index}
          alt={`${title}, large`}
          hasMask={hasMask}
        />
      </Zoomable>
      {features.length > 0 && (
        <dl className="plab-dataset-facts" aria-label="Its row of the table">
          {features.map((name, column) => (
            <div key={name}>
              <dt>{name}</dt>
              <dd>{sample.features[column]}</dd>
            </div>
          ))}
        </dl>
      )}
    </div>
  );
}
