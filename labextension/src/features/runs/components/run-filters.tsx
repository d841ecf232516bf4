import type { Job } from '../../../api';
import { count } from '../../../elements';
import { STATES } from '../../training/job-words';
import { choices, datasetOf, type Wanted } from '../run-list';

interface RunFiltersProps {
  jobs: readonly Job[];
  wanted: Wanted;
  /** How many pass. */
  shown: number;
  onChange: (wanted: Wanted) => void;
}

/** Which runs are listed. What does not occur is no choice. */
export function RunFilters({ jobs, wanted, shown, onChange }: RunFiltersProps): JSX.Element {
  const states = choices(jobs, job => job.state) as Job['state'][];
  const select = (name: 'state' | 'dataset' | 'kind', label: string, options: [value: string, words: string][]) => (
    <select
      aria-label={label}
      value={wanted[name]}
      onChange={event => {
        onChange({ ...wanted, [name]: event.target.value });
      }}
    >
      {options.map(([value, words]) => (
        <option key={value} value={value}>
          {words}
        </option>
      ))}
    </select>
  );
  const plain = (values: string[]): [string, string][] => values.map(value => [value, value]);
  return (
    <div className="plab-runs-filters" role="search" aria-label="Filter runs">
      <input
        type="search"
        placeholder="Name, data set, who"
        aria-label="Words that occur in name, data set, owner or id"
        value={wanted.text}
        onChange={event => {
          onChange({ ...wanted, text: event.target.value });
        }}
      />
      {select('state', 'State', [
        ['', 'any state'],
        ['live', 'going on'],
        ['ended', 'ended'],
        ...states.map((state): [string, string] => [state, STATES[state].word])
      ])}
      {select('dataset', 'Data set', [['', 'any data set'], ...plain(choices(jobs, datasetOf))])}
      {select('kind', 'Kind of job', [['', 'any kind'], ...plain(choices(jobs, job => job.kind))])}
      <span className="plab-faint" role="status">
        {shown === jobs.length
          ? `${count(shown)} ${shown === 1 ? 'run' : 'runs'}`
          : `${count(shown)} of ${count(jobs.length)}`}
      </span>
    </div>
  );
}
