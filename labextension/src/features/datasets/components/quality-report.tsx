import { useState } from 'react';
import type { DatasetsApi, Manifest, Quality, Suspects } from '../../../api';
import { Icon, Notice, count } from '../../../elements';
import { Histogram } from './histogram';
import { SampleImage } from './sample-image';

interface QualityReportProps {
  datasets: DatasetsApi;
  manifest: Manifest;
}

const STAINS: Record<string, string> = { hematoxylin: 'Hematoxylin', eosin: 'Eosin', dab: 'DAB' };

/** Brightness, contrast, sharpness and stains as pictures, and the images that look blank or blurred. */
export function QualityReport({ datasets, manifest }: QualityReportProps): JSX.Element {
  const [quality, setQuality] = useState<Quality>();
  const [isLoading, setIsLoading] = useState(false);
  const [reason, setReason] = useState<unknown>();
  const look = (): void => {
    setIsLoading(true);
    setReason(undefined);
    datasets
      .quality(manifest.id)
      .then(setQuality, setReason)
      .finally(() => {
        setIsLoading(false);
      });
  };
  return (
    <section className="plab-quality" aria-label="How the images look">
      <div className="plab-samples-bar">
        <h3>How the images look</h3>
        {!quality && (
          <button type="button" className="plab-button" disabled={isLoading} onClick={look}>
            <Icon name="image" />
            {isLoading ? 'Looking at every image …' : 'Measure brightness and sharpness'}
          </button>
        )}
      </div>
      {reason !== undefined && <Notice reason={reason} />}
      {quality && (
        <>
          <p className="plab-faint">
            Where classes differ much in one of these, a network may tell them apart by the scanner or the lamp, and not
            by the tissue.
          </p>
          <div className="plab-histograms">
            <Histogram
              title="Brightness"
              help="The mean grey value of an image, 0 black to 1 white."
              distribution={quality.brightness}
            />
            <Histogram
              title="Contrast"
              help="How far the grey values of an image spread."
              distribution={quality.contrast}
            />
            <Histogram
              title="Sharpness"
              help="How strongly neighboring pixels differ; low is blurred."
              distribution={quality.sharpness}
            />
            {Object.entries(quality.stains).map(([name, distribution]) => (
              <Histogram
                key={name}
                title={STAINS[name] ?? name}
                help={`The mean optical density of ${STAINS[name] ?? name}: how much of the dye there is.`}
                distribution={distribution}
              />
            ))}
          </div>
          <SuspectList
            datasets={datasets}
            manifest={manifest}
            what="blank (nearly one color)"
            suspects={quality.blank}
          />
          <SuspectList datasets={datasets} manifest={manifest} what="blurred" suspects={quality.blurred} />
        </>
      )}
    </section>
  );
}

interface SuspectListProps extends QualityReportProps {
  what: string;
  suspects: Suspects;
}

const SHOWN = 8;

function SuspectList({ datasets, manifest, what, suspects }: SuspectListProps): JSX.Element {
  if (suspects.total === 0) {
    return <p className="plab-faint">No image looks {what}.</p>;
  }
  return (
    <div>
      <p>
        {count(suspects.total)} image{suspects.total > 1 ? 's look' : ' looks'} {what}.
      </p>
      <ul className="plab-grid">
        {suspects.samples.slice(0, SHOWN).map(index => (
          <li key={index} className="plab-tile plab-tile-still" title={`image ${String(index)}`}>
            <SampleImage
              datasets={datasets}
              dataset={manifest.id}
              index={index}
              alt={`image ${String(index)}`}
              hasMask={false}
            />
          </li>
        ))}
      </ul>
    </div>
  );
}
