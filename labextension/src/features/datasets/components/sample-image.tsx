import { useEffect, useRef, useState } from 'react';
import type { DatasetsApi } from '../../../api';
import { paintMask, readMask } from '../../../elements';

interface SampleImageProps {
  datasets: DatasetsApi;
  dataset: string;
  index: number;
  alt: string;
  hasMask: boolean;
}

/** One image of a data set, with its mask over it on request. Tiny images keep their pixels sharp. */
export function SampleImage({ datasets, dataset, index, alt, hasMask }: SampleImageProps): JSX.Element {
  const [address, setAddress] = useState<string>();
  const [hasFailed, setHasFailed] = useState(false);
  const [isTiny, setIsTiny] = useState(false);
  const canvas = useRef<HTMLCanvasElement>(null);

  useEffect(() => {
    let isGone = false;
    let made: string | undefined;
    setHasFailed(false);
    datasets.image(dataset, index).then(
      blob => {
        if (!isGone) {
          made = URL.createObjectURL(blob);
          setAddress(made);
        }
      },
      () => {
        if (!isGone) {
          setHasFailed(true);
        }
      }
    );
    return () => {
      isGone = true;
      if (made) {
        URL.revokeObjectURL(made);
      }
    };
  }, [datasets, dataset, index]);

  useEffect(() => {
    let isGone = false;
    if (hasMask) {
      datasets
        .mask(dataset, index)
        .then(readMask)
        .then(
          mask => {
            if (!isGone && canvas.current && mask) {
              paintMask(canvas.current, mask);
            }
          },
          () => {
            if (!isGone) {
              setHasFailed(true);
            }
          }
        );
    }
    return () => {
      isGone = true;
    };
  }, [datasets, dataset, index, hasMask]);

  if (hasFailed) {
    return <span className="plab-image plab-image-failed">This image cannot be shown.</span>;
  }
  return (
    <span className={isTiny ? 'plab-image plab-image-tiny' : 'plab-image'}>
      {address ? (
        <img
          src={address}
          alt={alt}
          draggable={false}
          onLoad={event => {
            setIsTiny(event.currentTarget.naturalWidth < 96);
          }}
        />
      ) : (
        <span className="plab-skeleton" />
      )}
      {hasMask && <canvas ref={canvas} aria-hidden="true" />}
    </span>
  );
}
