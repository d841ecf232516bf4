import { useState } from 'react';
import type { BuiltinCard as Card, DatasetsApi } from '../../../api';
import { Notice } from '../../../elements';

interface BuiltinCardProps {
  datasets: DatasetsApi;
  card: Card;
  onPrepared: () => void;
}

/** A built-in data set that is not made yet: what it is, and the button that makes it. */
export function BuiltinCard({ datasets, card, onPrepared }: BuiltinCardProps): JSX.Element {
  const [isBusy, setIsBusy] = useState(false);
  const [reason, setReason] = useState<unknown>();
  const prepare = (): void => {
    setIsBusy(true);
    setReason(undefined);
    datasets
      .ensure(card.id)
      .then(onPrepared, setReason)
      .finally(() => {
        setIsBusy(false);
      });
  };
  return (
    <article className="plab-dataset" aria-label={card.name}>
      <header className="plab-dataset-head">
        <h2>{card.name}</h2>
        <span className="plab-badge plab-badge-quiet">not prepared yet</span>
      </header>
      <p>{card.description}</p>
      {reason !== undefined && <Notice reason={reason} />}
      {isBusy ? (
        <div className="plab-prepare" role="status">
          <p>Preparing {card.name}. It takes a moment, only this once; you can go on working.</p>
          <div className="plab-progress">
            <span className="plab-progress-fill plab-progress-unknown" />
          </div>
        </div>
      ) : (
        <p>
          <button type="button" className="plab-button plab-button-primary" onClick={prepare}>
            Prepare
          </button>{' '}
          <span className="plab-faint">It is made on this machine; nothing is downloaded.</span>
        </p>
      )}
    </article>
  );
}
