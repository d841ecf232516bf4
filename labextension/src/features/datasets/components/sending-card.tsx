import { errorText } from '../../../api';
import { ConfirmButton, Icon, Notice, duration } from '../../../elements';
import { megabytes } from '../entries';
import type { Sender } from '../sending/sender';

interface SendingCardProps {
  sender: Sender;
  onGiveUp: () => void;
}

/** A file on its way: how far, how fast, how long still; pause, go on, give up. */
export function SendingCard({ sender, onGiveUp }: SendingCardProps): JSX.Element {
  const { phase, sent, total, speed, left, reason } = sender.state;
  const share = sent / total;
  const isGoing = phase === 'sending' || phase === 'comparing' || phase === 'waiting';
  const pace = [speed && `${megabytes(speed)} a second`, left !== null && `${duration(left)} left`].filter(Boolean);
  return (
    <article className="plab-dataset" aria-label={sender.fileName}>
      <header className="plab-dataset-head">
        <h2>Sending {sender.fileName}</h2>
      </header>
      {phase === 'failed' ? (
        <Notice reason={reason} />
      ) : (
        <div className="plab-prepare">
          <div
            className="plab-progress"
            role="progressbar"
            aria-label={`Sending ${sender.fileName}`}
            aria-valuenow={Math.floor(100 * share)}
          >
            <span className="plab-progress-fill" style={{ width: `${100 * share}%` }} />
          </div>
          <p>
            {megabytes(sent)} of {megabytes(total)}
            {pace.length > 0 && <span className="plab-faint"> · {pace.join(', ')}</span>}
          </p>
          {phase === 'waiting' && (
            <p role="status" className="plab-faint">
              {errorText(reason).message} It goes on by itself where it was, as soon as the server answers.
            </p>
          )}
          {phase === 'paused' && (
            <p role="status" className="plab-faint">
              Paused. What has arrived stays on the server for some days, also when this page is closed.
            </p>
          )}
        </div>
      )}
      <p className="plab-actions">
        {isGoing && (
          <button
            type="button"
            className="plab-button"
            onClick={() => {
              sender.pause();
            }}
          >
            <Icon name="pause" />
            Pause
          </button>
        )}
        {(phase === 'paused' || phase === 'failed') && (
          <button
            type="button"
            className="plab-button plab-button-primary"
            onClick={() => {
              void sender.start();
            }}
          >
            <Icon name="play" />
            {phase === 'paused' ? 'Go on' : 'Try again'}
          </button>
        )}
        <ConfirmButton
          label="Give up"
          icon="trash"
          question="Delete what has arrived?"
          yes="Delete it"
          no="Keep it"
          onConfirm={onGiveUp}
        />
      </p>
    </article>
  );
}
