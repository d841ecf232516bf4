import { useState } from 'react';
import type { ChangeKind, Comparison, DatasetsApi, Manifest } from '../../../api';
import { Notice, count, useAnswer } from '../../../elements';
import { total } from '../entries';

interface VersionListProps {
  datasets: DatasetsApi;
  manifest: Manifest;
}

const WORDS: Record<ChangeKind, string> = {
  added: 'added',
  removed: 'removed',
  relabelled: 'given another class',
  moved: 'moved to another split'
};
/** What was done to make a version, by the kind of the change. */
const MADE_BY: Record<string, string> = {
  divide: 'divided anew',
  group: 'groups named',
  reclass: 'other classes',
  relabel: 'labels mended',
  drop: 'samples left out',
  move: 'samples moved to another split'
};
const FACTS: Record<string, string> = { created_by: 'made by', height: 'height', width: 'width' };

/** The versions of a set, and what is different between two of them. */
export function VersionList({ datasets, manifest }: VersionListProps): JSX.Element | null {
  const { value: versions } = useAnswer(
    () => datasets.versions(manifest.id),
    `${manifest.id}/${String(manifest.version)}`
  );
  const [before, setBefore] = useState<number>();
  const [after, setAfter] = useState<number>();
  const [comparison, setComparison] = useState<Comparison>();
  const [reason, setReason] = useState<unknown>();
  if (!versions || versions.length < 2) {
    return null;
  }
  const from = before ?? versions[1]?.version ?? 1;
  const to = after ?? versions[0]?.version ?? 1;
  const choice = (label: string, value: number, onChange: (version: number) => void): JSX.Element => (
    <select
      aria-label={label}
      value={value}
      onChange={event => {
        onChange(Number(event.target.value));
        setComparison(undefined);
      }}
    >
      {versions.map(({ version }) => (
        <option key={version} value={version}>
          Version {version}
        </option>
      ))}
    </select>
  );
  return (
    <section className="plab-versions" aria-label="Versions">
      <h3>Versions</h3>
      <ul>
        {versions.map(one => (
          <li key={one.version}>
            <strong>Version {one.version}</strong>{' '}
            <span className="plab-faint">
              {one.created_at.slice(0, 16).replace('T', ' ')}, {count(total(one))} samples
              {madeBy(one) && `, ${madeBy(one)}`}
              {one.owner && `, by ${one.owner}`}
            </span>
          </li>
        ))}
      </ul>
      <p className="plab-actions">
        <span>What is different from</span>
        {choice('From version', from, setBefore)}
        <span>to</span>
        {choice('To version', to, setAfter)}
        <button
          type="button"
          className="plab-button"
          disabled={from === to}
          onClick={() => {
            setReason(undefined);
            datasets.compare(manifest.id, from, to).then(setComparison, setReason);
          }}
        >
          Compare
        </button>
      </p>
      {reason !== undefined && <Notice reason={reason} />}
      {comparison && <Differences comparison={comparison} />}
    </section>
  );
}

function madeBy({ changes }: Manifest): string {
  const kind = changes.at(-1)?.kind ?? '';
  return MADE_BY[kind] ?? kind;
}

function Differences({ comparison }: { comparison: Comparison }): JSX.Element {
  const { counts, facts, samples, equal } = comparison;
  const kinds = (Object.keys(WORDS) as ChangeKind[]).filter(kind => counts[kind]);
  return (
    <div role="status">
      <p>
        {equal
          ? 'Both have the same content.'
          : kinds.map(kind => `${count(counts[kind] ?? 0)} ${WORDS[kind]}`).join(', ') ||
            'The same samples, other pixels or tables.'}
      </p>
      {facts.map(fact => (
        <p key={fact.name} className="plab-faint">
          {FACTS[fact.name] ?? fact.name}: {fact.before || '(nothing)'} → {fact.after || '(nothing)'}
        </p>
      ))}
      <ul className="plab-bad-files">
        {samples.slice(0, 20).map(sample => (
          <li key={`${sample.what}/${sample.name}/${String(sample.index)}`}>
            <code>{sample.name}</code>
            <span className="plab-faint">
              {WORDS[sample.what]}
              {sample.before && sample.after && `: ${sample.before} → ${sample.after}`}
            </span>
          </li>
        ))}
      </ul>
    </div>
  );
}
