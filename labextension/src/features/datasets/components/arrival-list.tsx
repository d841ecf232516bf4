import type { SendState } from '../sending/sender';
import type { Arrival } from '../use-uploads';

interface ArrivalListProps {
  arrivals: Arrival[];
  chosen: string | undefined;
  onSelect: (key: string) => void;
}

/** The files that are on their way, below the data sets. */
export function ArrivalList({ arrivals, chosen, onSelect }: ArrivalListProps): JSX.Element | null {
  if (arrivals.length === 0) {
    return null;
  }
  return (
    <section aria-label="Uploads">
      <h3 className="plab-list-head">Uploads</h3>
      <ul>
        {arrivals.map(arrival => (
          <li key={arrival.key}>
            <button
              type="button"
              className="plab-entry"
              aria-current={arrival.key === chosen}
              onClick={() => {
                onSelect(arrival.key);
              }}
            >
              <span>{arrival.fileName}</span>
              <span className="plab-faint">{words(arrival)}</span>
            </button>
          </li>
        ))}
      </ul>
    </section>
  );
}

function words({ sender, state }: Arrival): string {
  if (sender && sender.state.phase !== 'arrived') {
    return sendWords(sender.state);
  }
  if (!sender && state?.state === 'receiving') {
    const { checksums } = state.upload;
    const here = checksums.filter(checksum => checksum !== null).length;
    return `${Math.floor((100 * here) / checksums.length)} % here, interrupted`;
  }
  return state?.state === 'refused' ? 'cannot be taken as it is' : 'here, not a data set yet';
}

function sendWords({ phase, sent, total }: SendState): string {
  switch (phase) {
    case 'comparing':
      return 'asking what is there';
    case 'sending':
      return `sending, ${Math.floor((100 * sent) / total)} %`;
    case 'paused':
      return `paused at ${Math.floor((100 * sent) / total)} %`;
    case 'waiting':
      return 'waiting for the connection';
    case 'arrived':
      return 'here, not a data set yet';
    case 'failed':
      return 'refused';
    case 'cancelled':
      return 'given up';
  }
}
