import { useEffect, useState } from 'react';
import type { DatasetsApi, Looks, Manifest, Split } from '../../../api';
import { Icon, Notice, count } from '../../../elements';
import { SPLITS, SPLIT_WORDS, total } from '../entries';
import { PAGE, begin, extend, isComplete, type Shown } from '../sample-pages';
import { SampleImage } from './sample-image';
import { SampleViewer } from './sample-viewer';

interface SampleGridProps {
  datasets: DatasetsApi;
  manifest: Manifest;
  /** Only images that look so. */
  looks: Looks | null;
  onLooks: (looks: Looks | null) => void;
}

/** Example images with their class below, of one class and split where the reader wants it so. */
export function SampleGrid({ datasets, manifest, looks, onLooks }: SampleGridProps): JSX.Element {
  const [split, setSplit] = useState<Split | ''>('');
  const [className, setClassName] = useState('');
  const [text, setText] = useState('');
  const [shuffles, setShuffles] = useState(0);
  const [shown, setShown] = useState<Shown>();
  const [reason, setReason] = useState<unknown>();
  const [isLoading, setIsLoading] = useState(true);
  const [withMask, setWithMask] = useState(manifest.task === 'segmentation');
  const [open, setOpen] = useState<number>();
  const isMasked = manifest.arrays.includes('masks');

  useEffect(() => {
    let isCurrent = true;
    setIsLoading(true);
    setOpen(undefined);
    const start = begin(
      manifest,
      { split, className, text: text.trim(), looks },
      shuffles > 0 ? Math.random : undefined
    );
    extend(datasets, manifest, start)
      .then(
        page => {
          if (isCurrent) {
            setShown(page);
            setReason(undefined);
          }
        },
        (failure: unknown) => {
          if (isCurrent) {
            setReason(failure);
          }
        }
      )
      .finally(() => {
        if (isCurrent) {
          setIsLoading(false);
        }
      });
    return () => {
      isCurrent = false;
    };
  }, [datasets, manifest.id, manifest.version, split, className, text, looks, shuffles]);

  const more = (): void => {
    if (!shown) {
      return;
    }
    setIsLoading(true);
    extend(datasets, manifest, shown)
      .then(setShown, setReason)
      .finally(() => {
        setIsLoading(false);
      });
  };

  const splits = SPLITS.filter(name => total(manifest, name) > 0);
  return (
    <section className="plab-samples" aria-label="Example images">
      <div className="plab-samples-bar">
        <h3>Example images</h3>
        {manifest.task === 'classification' && (
          <select
            aria-label="Class"
            value={className}
            onChange={event => {
              setClassName(event.target.value);
              setShuffles(0);
            }}
          >
            <option value="">All classes</option>
            {manifest.classes.map(name => (
              <option key={name}>{name}</option>
            ))}
          </select>
        )}
        <select
          aria-label="Split"
          value={split}
          onChange={event => {
            setSplit(event.target.value as Split | '');
            setShuffles(0);
          }}
        >
          <option value="">All splits</option>
          {splits.map(name => (
            <option key={name} value={name}>
              {SPLIT_WORDS[name]}
            </option>
          ))}
        </select>
        <input
          type="search"
          aria-label="A part of the name"
          placeholder="Find by name"
          value={text}
          onChange={event => {
            setText(event.target.value);
            setShuffles(0);
          }}
        />
        {looks && (
          <button
            type="button"
            className="plab-button"
            aria-pressed="true"
            title="Show all images again"
            onClick={() => {
              onLooks(null);
            }}
          >
            Only {looks}
            <Icon name="cross" />
          </button>
        )}
        {isMasked && (
          <label className="plab-check">
            <input
              type="checkbox"
              checked={withMask}
              onChange={event => {
                setWithMask(event.target.checked);
              }}
            />
            {manifest.task === 'segmentation' ? 'Show the mask' : 'Outline the nuclei'}
          </label>
        )}
        <span className="plab-spacer" />
        <button
          type="button"
          className="plab-button"
          onClick={() => {
            setShuffles(shuffles + 1);
          }}
          disabled={!shown || shown.total <= PAGE || looks !== null}
        >
          <Icon name="dice" />
          Others
        </button>
      </div>
      {reason !== undefined && <Notice reason={reason} />}
      {open !== undefined && shown ? (
        <SampleViewer
          datasets={datasets}
          dataset={manifest.id}
          samples={shown.samples}
          place={open}
          features={manifest.features}
          hasMask={isMasked && withMask}
          onMove={setOpen}
          onClose={() => {
            setOpen(undefined);
          }}
        />
      ) : (
        <ul className="plab-grid" aria-busy={isLoading}>
          {shown
            ? shown.samples.map((sample, place) => (
                <li key={sample.index}>
                  <button
                    type="button"
                    className="plab-tile"
                    title={`${SPLIT_WORDS[sample.split]}, image ${sample.index} (${sample.name}): show it large`}
                    onClick={() => {
                      setOpen(place);
                    }}
                  >
                    <SampleImage
                      datasets={datasets}
                      dataset={manifest.id}
                      index={sample.index}
                      alt={`${sample.class_name ?? 'image'} ${sample.index}`}
                      hasMask={isMasked && withMask}
                    />
                    <span>{sample.class_name ?? SPLIT_WORDS[sample.split]}</span>
                  </button>
                </li>
              ))
            : Array.from({ length: 12 }, (_, place) => (
                <li key={place} className="plab-tile">
                  <span className="plab-image">
                    <span className="plab-skeleton" />
                  </span>
                </li>
              ))}
        </ul>
      )}
      {shown && open === undefined && (
        <p className="plab-samples-foot plab-faint">
          {shown.total === 0
            ? 'There are no such images.'
            : `${count(shown.samples.length)} of ${count(shown.total)} images.`}
          {!isComplete(shown) && (
            <button type="button" className="plab-button" onClick={more} disabled={isLoading}>
              Show more
            </button>
          )}
        </p>
      )}
    </section>
  );
}
