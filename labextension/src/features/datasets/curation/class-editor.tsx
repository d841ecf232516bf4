import { useState } from 'react';
import type { DatasetsApi, Manifest } from '../../../api';
import { count } from '../../../elements';
import { SPLITS } from '../entries';
import { plansOf, problemOf, reclassing, type ClassPlan } from './class-changes';
import { WriteVersion } from './write-version';

interface ClassEditorProps {
  datasets: DatasetsApi;
  manifest: Manifest;
  onWritten: () => void;
}

/** Renames classes, makes one of several, leaves some out: a line for each class. */
export function ClassEditor({ datasets, manifest, onWritten }: ClassEditorProps): JSX.Element {
  const [plans, setPlans] = useState<ClassPlan[]>(() => plansOf(manifest.classes));
  const of = manifest.arrays.includes('labels') ? 'labels' : 'masks';
  const problem = problemOf(plans);
  const change = problem ? null : reclassing(plans, of);
  const left = new Set(plans.filter(plan => plan.fate === 'keep').map(plan => plan.to.trim()));
  const plan = (place: number, changes: Partial<ClassPlan>): void => {
    setPlans(plans.map((one, number) => (number === place ? { ...one, ...changes } : one)));
  };
  return (
    <>
      <p className="plab-faint">
        Give two classes the same name to make one of them.{' '}
        {of === 'labels'
          ? 'Samples of a class that is left out are not in the new version; those that are not annotated stay, but nothing is learned from their label.'
          : 'Pixels of a class that is left out, or not annotated, stay, but nothing is learned from them.'}
      </p>
      <table className="plab-table">
        <thead>
          <tr>
            <th scope="col">Class</th>
            {of === 'labels' && <th scope="col">Samples</th>}
            <th scope="col">New name</th>
            <th scope="col">In the new version</th>
          </tr>
        </thead>
        <tbody>
          {plans.map(({ from, to, fate }, place) => (
            <tr key={from}>
              <th scope="row">{from}</th>
              {of === 'labels' && <td>{count(samplesOf(manifest, from))}</td>}
              <td>
                <input
                  aria-label={`New name of ${from}`}
                  maxLength={200}
                  disabled={fate !== 'keep'}
                  value={to}
                  onChange={event => {
                    plan(place, { to: event.target.value });
                  }}
                />
              </td>
              <td>
                <select
                  aria-label={`What becomes of ${from}`}
                  value={fate}
                  onChange={event => {
                    plan(place, { fate: event.target.value as ClassPlan['fate'] });
                  }}
                >
                  <option value="keep">Keep</option>
                  <option value="leave out">Leave out</option>
                  <option value="not annotated">Not annotated</option>
                </select>
              </td>
            </tr>
          ))}
        </tbody>
      </table>
      <WriteVersion datasets={datasets} manifest={manifest} changes={change ? [change] : []} onWritten={onWritten}>
        {problem || (change ? `The classes will be ${[...left].join(', ')}.` : 'Nothing changes yet.')}
      </WriteVersion>
    </>
  );
}

function samplesOf(manifest: Manifest, className: string): number {
  return SPLITS.reduce((sum, split) => sum + (manifest.splits[split]?.[className] ?? 0), 0);
}
