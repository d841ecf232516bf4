import type { DatasetsApi, Leaks, Manifest } from '../../../api';
import { Icon, count, useAnswer } from '../../../elements';
import { SPLITS, SPLIT_WORDS } from '../entries';

interface LeakWarningProps {
  datasets: DatasetsApi;
  manifest: Manifest;
  /** Opens the way to mend it. */
  onDivide: () => void;
}

/** Says where a patient or a slide is in more than one split, and how to mend it. Only for sets that know them. */
export function LeakWarning({ datasets, manifest, onDivide }: LeakWarningProps): JSX.Element | null {
  const { value } = useAnswer(() => datasets.leaks(manifest.id), `${manifest.id}/${String(manifest.version)}`);
  if (!value || value.total === 0) {
    return null;
  }
  return (
    <div className="plab-notice plab-mod-warm" role="status">
      <Icon name="warning" />
      <p>
        {leakWords(value)}{' '}
        <button type="button" className="plab-text-button" onClick={onDivide}>
          Divide the set by {value.grouped_by || 'group'}
        </button>
      </p>
    </div>
  );
}

/** The warning as sentences. */
export function leakWords({ grouped_by: what, groups, total, shared }: Leaks): string {
  const first = shared[0];
  const where = first
    ? `, such as ${first.name} (${SPLITS.filter(split => first.samples[split])
        .map(split => `${count(first.samples[split] ?? 0)} in ${SPLIT_WORDS[split].toLowerCase()}`)
        .join(', ')})`
    : '';
  const verb = total === 1 ? 'is' : 'are';
  return `${count(total)} of ${count(groups)} ${what || 'group'}s ${verb} in more than one split${where}: what the network learns from one, it is tested on.`;
}
