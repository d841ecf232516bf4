import { useState } from 'react';
import type { DifferenceLine, GraphComparison, PatholearnApi, Version } from '../../../api';
import { Notice, useAnswer } from '../../../elements';
import type { GraphDocument } from '../../../generated';
import { SIGNS, titleOf } from '../words';

interface DifferenceViewProps {
  api: Pick<PatholearnApi, 'architectures' | 'versions'>;
  version: Version;
  others: Version[];
  document: () => GraphDocument;
}

/** The choice of what a version is compared with that is no version. */
const NOW = '';

/** What leads from a version to the drawing as it is now, or to another version: as a picture, and in words. */
export function DifferenceView({ api, version, others, document }: DifferenceViewProps): JSX.Element {
  const { graph, id } = version;
  const [chosen, setChosen] = useState(NOW);
  const other = others.find(one => one.id === chosen);
  const { value, reason, isLoading } = useAnswer(
    async () => {
      const [mine, its] = await Promise.all([
        api.versions.open(graph, id),
        other ? api.versions.open(graph, other.id) : document()
      ]);
      // The older one first, whichever of the two is on the screen.
      const isLater = other !== undefined && other.id < id;
      return api.architectures.compare(isLater ? its : mine, isLater ? mine : its);
    },
    `${id} ${other?.id ?? NOW}`
  );
  const [before, after] =
    other === undefined
      ? [titleOf(version), 'now']
      : other.id < id
        ? [titleOf(other), titleOf(version)]
        : [titleOf(version), titleOf(other)];
  return (
    <>
      <label className="plab-history-with">
        <span>Compare with</span>
        <select
          className="plab-input"
          value={other?.id ?? NOW}
          onChange={event => {
            setChosen(event.target.value);
          }}
        >
          <option value={NOW}>the drawing as it is now</option>
          {others.map(one => (
            <option key={one.id} value={one.id}>
              {titleOf(one)}
            </option>
          ))}
        </select>
      </label>
      {reason !== undefined && <Notice reason={reason} />}
      <div className="plab-history-difference" aria-busy={isLoading}>
        {value && <Difference comparison={value} before={before} after={after} />}
      </div>
    </>
  );
}

interface DifferenceProps {
  comparison: GraphComparison;
  before: string;
  after: string;
}

function Difference({ comparison, before, after }: DifferenceProps): JSX.Element {
  const { same, lines, picture } = comparison;
  const heading = `From “${before}” to ${after === 'now' ? 'the drawing as it is now' : `“${after}”`}`;
  return (
    <>
      <div className="plab-history-words">
        <h3>{heading}</h3>
        {lines.length > 0 && <p className="plab-faint">+ new, − gone, ~ changed</p>}
        {same && <p>The network is the same{lines.length > 0 && '; only this differs'}.</p>}
        <ul aria-label="What is different">
          {lines.map((line, row) => (
            <Words key={`${row} ${line.text}`} line={line} />
          ))}
        </ul>
      </div>
      <div
        className="plab-history-picture"
        tabIndex={0}
        role="group"
        aria-label="Picture of the difference; scroll to see all of it"
      >
        <img
          src={`data:image/svg+xml,${encodeURIComponent(picture)}`}
          alt={`${heading}. The list beside says it in words.`}
        />
      </div>
    </>
  );
}

function Words({ line: { sign, text } }: { line: DifferenceLine }): JSX.Element {
  return (
    <li className={`plab-history-line plab-history-${SIGNS[sign].toLowerCase()}`}>
      <span className="plab-history-sign">
        <span aria-hidden="true">{sign === '-' ? '−' : sign}</span>
        <span className="plab-history-spoken">{SIGNS[sign]}: </span>
      </span>
      {text}
    </li>
  );
}
