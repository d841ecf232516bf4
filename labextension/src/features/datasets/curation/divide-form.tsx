import { useState } from 'react';
import type { DatasetChange, DatasetsApi, DivideBy, Manifest } from '../../../api';
import { count, useAnswer } from '../../../elements';
import { total } from '../entries';
import { WriteVersion } from './write-version';

interface DivideFormProps {
  datasets: DatasetsApi;
  manifest: Manifest;
  /** What is chosen at first. */
  by?: DivideBy;
  onWritten: () => void;
}

const WAYS: { by: DivideBy; label: string; help: string }[] = [
  { by: 'stratified', label: 'Stratified', help: 'at random, with the same share of each class in every split' },
  { by: 'random', label: 'Random', help: 'at random, whatever the class' },
  { by: 'group', label: 'By group', help: 'whole patients or slides, so that none is in two splits' },
  { by: 'folder', label: 'As the folders say', help: 'train, valid and test in the names of the files' }
];

/** Divides a set anew into training, validation and test, and into folds for cross-validation. */
export function DivideForm({ datasets, manifest, by: first, onWritten }: DivideFormProps): JSX.Element {
  const isGrouped = manifest.arrays.includes('groups');
  const [by, setBy] = useState<DivideBy>(first ?? (isGrouped ? 'group' : 'stratified'));
  const [valid, setValid] = useState(10);
  const [test, setTest] = useState(10);
  const [folds, setFolds] = useState(0);
  const [seed, setSeed] = useState(0);
  const [pattern, setPattern] = useState('');
  const needsPattern = by === 'group' && !isGrouped;
  const { value: page } = useAnswer(() => datasets.samples(manifest.id, { limit: 3 }), manifest.id);
  const problem =
    by !== 'folder' && valid + test >= 100
      ? 'Nothing is left to train with.'
      : folds === 1
        ? 'One fold is none: choose two or more, or 0.'
        : needsPattern && pattern.split('{group}').length !== 2
          ? 'Say with {group} where in the names the group stands.'
          : '';
  const divide: DatasetChange = { kind: 'divide', by, valid: valid / 100, test: test / 100, folds, seed };
  const changes: DatasetChange[] = needsPattern ? [{ kind: 'group', pattern: pattern.trim() }, divide] : [divide];
  const number = (label: string, value: number, most: number, onChange: (value: number) => void): JSX.Element => (
    <label className="plab-field">
      <span>{label}</span>
      <input
        type="number"
        min={0}
        max={most}
        step={1}
        value={value}
        onChange={event => {
          onChange(Math.min(most, Math.max(0, Math.floor(Number(event.target.value)))));
        }}
      />
    </label>
  );
  const all = total(manifest);
  const share = (percent: number): string => count((all * percent) / 100);
  return (
    <>
      <fieldset className="plab-ways">
        <legend>How</legend>
        {WAYS.map(way => (
          <label key={way.by} className="plab-check">
            <input
              type="radio"
              name={`divide-${manifest.id}`}
              checked={by === way.by}
              onChange={() => {
                setBy(way.by);
              }}
            />
            <span>
              {way.label}: <span className="plab-faint">{way.help}</span>
            </span>
          </label>
        ))}
      </fieldset>
      {needsPattern && (
        <>
          <label className="plab-field plab-field-wide">
            <span>How names say the patient or slide</span>
            <input
              value={pattern}
              maxLength={200}
              placeholder="patient_{group}_*.png"
              onChange={event => {
                setPattern(event.target.value);
              }}
            />
          </label>
          <p className="plab-faint">
            {'{group}'} is where the group stands, * is any text.
            {page && page.samples.length > 0 && ` Names here: ${page.samples.map(({ name }) => name).join(', ')}, …`}
          </p>
        </>
      )}
      <div className="plab-fields">
        {by !== 'folder' && (
          <>
            {number('Validation, %', valid, 90, setValid)}
            {number('Test, %', test, 90, setTest)}
          </>
        )}
        {number('Folds (0: none)', folds, 50, setFolds)}
        {number('Seed', seed, 2 ** 32 - 1, setSeed)}
      </div>
      {by !== 'group' && isGrouped && (
        <p>One {manifest.grouped_by || 'group'} may then be in two splits, and tests look better than they are.</p>
      )}
      <WriteVersion datasets={datasets} manifest={manifest} changes={problem ? [] : changes} onWritten={onWritten}>
        {problem ||
          (by === 'folder'
            ? ''
            : `About ${share(100 - valid - test)} train, ${share(valid)} validate, ${share(test)} test${
                folds ? `, in ${count(folds)} folds` : ''
              }.`)}
      </WriteVersion>
    </>
  );
}
