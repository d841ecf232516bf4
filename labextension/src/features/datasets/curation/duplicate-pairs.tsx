import type { DatasetsApi, DuplicateGroup } from '../../../api';
import { SampleImage } from '../components/sample-image';
import { SPLIT_WORDS } from '../entries';

interface DuplicatePairsProps {
  datasets: DatasetsApi;
  dataset: string;
  group: DuplicateGroup;
  /** The samples that will be left out; null where they are moved instead. */
  dropped: ReadonlySet<number> | null;
  onToggle: (index: number) => void;
}

/** Pictures that are equal or almost equal, side by side, with their splits and how far apart they are. */
export function DuplicatePairs({ datasets, dataset, group, dropped, onToggle }: DuplicatePairsProps): JSX.Element {
  return (
    <li className="plab-pair">
      <p>
        <strong>{group.exact ? 'The same pixels' : 'Almost equal'}</strong>
        {group.leaks && <span className="plab-badge">in two splits</span>}
        {group.contradicts && <span className="plab-badge">two classes</span>}
      </p>
      <ul>
        {group.samples.map(({ index, split, class_name: className, distance }, place) => (
          <li key={index} data-dropped={dropped?.has(index)}>
            <SampleImage
              datasets={datasets}
              dataset={dataset}
              index={index}
              alt={`image ${String(index)}, ${SPLIT_WORDS[split]}`}
              hasMask={false}
            />
            <span>
              {SPLIT_WORDS[split]}
              {className && `, ${className}`}
            </span>
            <span className="plab-faint">
              image {index}
              {place > 0 && `, ${distance === 0 ? 'no bit' : `${String(distance)} of 64 bits`} apart`}
            </span>
            {dropped && (
              <label className="plab-check">
                <input
                  type="checkbox"
                  checked={dropped.has(index)}
                  onChange={() => {
                    onToggle(index);
                  }}
                />
                Leave out
              </label>
            )}
          </li>
        ))}
      </ul>
    </li>
  );
}
