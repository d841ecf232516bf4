import type { Looks, Manifest, Suspects } from '../../../api';
import { Notice, count, useAnswer } from '../../../elements';
import type { CardApi } from '../browser-api';
import { Histogram } from './histogram';
import { MeasuredImages } from './measured-images';
import { SampleImage } from './sample-image';

interface QualityReportProps {
  api: CardApi;
  manifest: Manifest;
  /** Shows only images that look so in the grid below. */
  onShow: (looks: Looks) => void;
}

const STAINS: Record<string, string> = { hematoxylin: 'Hematoxylin', eosin: 'Eosin', dab: 'DAB' };

/** Brightness, contrast, sharpness and stains as pictures, and the images that look blank or blurred. */
export function QualityReport(props: QualityReportProps): JSX.Element {
  return (
    <section className="plab-quality" aria-label="How the images look">
      <h3>How the images look</h3>
      <MeasuredImages api={props.api} dataset={props.manifest.id} label="Measure brightness and sharpness" icon="image">
        <Report {...props} />
      </MeasuredImages>
    </section>
  );
}

function Report({ api, manifest, onShow }: QualityReportProps): JSX.Element {
  const { value: quality, reason } = useAnswer(
    () => api.datasets.quality(manifest.id),
    `${manifest.id}/${String(manifest.version)}`
  );
  if (!quality) {
    return reason === undefined ? <p className="plab-faint">Counting …</p> : <Notice reason={reason} />;
  }
  const suspects = (looks: Looks, words: string): JSX.Element => (
    <SuspectList
      api={api}
      manifest={manifest}
      what={words}
      suspects={quality[looks]}
      onShow={() => {
        onShow(looks);
      }}
    />
  );
  return (
    <>
      <p className="plab-faint">
        Where classes differ much in one of these, a network may tell them apart by the scanner or the lamp, and not by
        the tissue.
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
      {suspects('blank', 'blank (nearly one color)')}
      {suspects('blurred', 'blurred')}
    </>
  );
}

interface SuspectListProps {
  api: CardApi;
  manifest: Manifest;
  what: string;
  suspects: Suspects;
  onShow: () => void;
}

const SHOWN = 8;

function SuspectList({ api, manifest, what, suspects, onShow }: SuspectListProps): JSX.Element {
  if (suspects.total === 0) {
    return <p className="plab-faint">No image looks {what}.</p>;
  }
  return (
    <div>
      <p>
        {count(suspects.total)} image{suspects.total > 1 ? 's look' : ' looks'} {what}.{' '}
        <button type="button" className="plab-text-button" onClick={onShow}>
          Show only these below
        </button>
      </p>
      <ul className="plab-grid">
        {suspects.samples.slice(0, SHOWN).map(index => (
          <li key={index} className="plab-tile plab-tile-still" title={`image ${String(index)}`}>
            <SampleImage
              datasets={api.datasets}
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
