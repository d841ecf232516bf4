import { useState } from 'react';
import type { DatasetsApi, LabelReview as Review, Manifest, ModelManifest, ModelsApi, Split } from '../../../api';
import { Icon, Notice, count, useAnswer } from '../../../elements';
import { SPLITS, SPLIT_WORDS, total } from '../entries';
import { DoubtList } from './doubt-list';

interface LabelReviewProps {
  datasets: DatasetsApi;
  models: Pick<ModelsApi, 'list'>;
  manifest: Manifest;
  onWritten: () => void;
}

/** Labels that may be wrong: a model is chosen and asked, then a person decides. */
export function LabelReview({ datasets, models, manifest, onWritten }: LabelReviewProps): JSX.Element {
  const all = useAnswer(() => models.list(), 'models');
  const suitable = (all.value ?? []).filter(model => tells(model, manifest.classes));
  const [named, setNamed] = useState('');
  const [split, setSplit] = useState<Split | ''>(total(manifest, 'valid') > 0 ? 'valid' : '');
  const [review, setReview] = useState<Review>();
  const [reason, setReason] = useState<unknown>();
  const [isAsking, setIsAsking] = useState(false);
  const chosen = suitable.find(model => nameOf(model) === named) ?? suitable[0];
  const ask = (model: ModelManifest): void => {
    setIsAsking(true);
    setReason(undefined);
    datasets
      .review(manifest.id, model.name, { version: model.version, split: split || undefined, limit: 100 })
      .then(setReview, setReason)
      .finally(() => {
        setIsAsking(false);
      });
  };
  if (all.reason !== undefined) {
    return <Notice reason={all.reason} />;
  }
  if (review) {
    return (
      <>
        <p className="plab-faint">
          {review.model} looked at {count(review.judged)} samples: it is sure of another class for{' '}
          {count(review.contradicting)}
          {review.not_annotated > 0 && `, and ${count(review.not_annotated)} are not annotated`}. Below are the{' '}
          {count(review.doubts.length)} that are most worth a look.
        </p>
        <DoubtList datasets={datasets} manifest={manifest} doubts={review.doubts} onWritten={onWritten} />
      </>
    );
  }
  if (!chosen) {
    return (
      <p className="plab-faint">
        {all.isLoading
          ? 'Looking for models …'
          : `No model tells ${manifest.classes.join(', ')} apart yet. Train one on this set first; then it says which labels it doubts.`}
      </p>
    );
  }
  return (
    <>
      <p className="plab-faint">
        A trained model points out labels that it doubts; you decide. It is too sure of images that it has learned from:
        ask it about validation or test images.
      </p>
      <p className="plab-actions">
        <select
          aria-label="Model"
          value={nameOf(chosen)}
          onChange={event => {
            setNamed(event.target.value);
          }}
        >
          {suitable.map(model => (
            <option key={nameOf(model)}>{nameOf(model)}</option>
          ))}
        </select>
        <select
          aria-label="Which samples"
          value={split}
          onChange={event => {
            setSplit(event.target.value as Split | '');
          }}
        >
          {SPLITS.filter(one => total(manifest, one) > 0).map(one => (
            <option key={one} value={one}>
              {SPLIT_WORDS[one]}
            </option>
          ))}
          <option value="">All splits</option>
        </select>
        <button
          type="button"
          className="plab-button plab-button-primary"
          disabled={isAsking}
          onClick={() => {
            ask(chosen);
          }}
        >
          <Icon name="question" />
          {isAsking ? 'Asking the model …' : 'Look for doubtful labels'}
        </button>
      </p>
      {reason !== undefined && <Notice reason={reason} />}
    </>
  );
}

function nameOf({ name, version }: ModelManifest): string {
  return `${name}, version ${String(version)}`;
}

/** Whether a model tells just these classes, in whichever order. */
function tells(model: ModelManifest, classes: readonly string[]): boolean {
  const output = model.outputs.find(one => one.task === 'classification');
  return output !== undefined && [...output.classes].sort().join('\n') === [...classes].sort().join('\n');
}
