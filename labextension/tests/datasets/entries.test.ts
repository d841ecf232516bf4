import { uploadCode } from '../../src/features/datasets/upload-code';
import type { ColumnRole, TableColumn } from '../../src/api';
import { choicesOf, dialectWords, withRole } from '../../src/features/datasets/table-roles';
import { describe, expect, it } from 'vitest';
import { entries, idFromName, origin, stemOfFile, total } from '../../src/features/datasets/entries';
import { colorMask } from '../../src/elements/masks';
import { begin, extend, isComplete } from '../../src/features/datasets/sample-pages';
import { card, fakeDatasets, manifest } from './fakes';

describe('the list of data sets', () => {
  it('has stored sets first, then built-in ones that could be made', () => {
    const all = entries(
      [manifest({ id: 'zebra', name: 'Zebra' }), manifest({ id: 'digits', name: 'Digits' })],
      [card('digits'), card('he_tissue')]
    );
    expect(all.map(entry => [entry.id, entry.manifest !== null])).toEqual([
      ['digits', true],
      ['zebra', true],
      ['he_tissue', false]
    ]);
  });

  it.each([
    ['My tiles (2).zip', 'my-tiles-2'],
    ['PCam.ZIP', 'pcam'],
    ['...zip', 'my-data'],
    ['Cells.tar.gz', 'cells'],
    ['a..b.zip', 'a.b'],
    ['Ünï.zip', 'n']
  ])('makes an id that the server takes of %s', (file, id) => {
    expect(idFromName(stemOfFile(file))).toBe(id);
    expect(id).toMatch(/^[a-z0-9][a-z0-9_.-]{0,63}$/);
  });

  it('puts a number behind an id that is taken', () => {
    expect(idFromName('My tiles', ['my-tiles', 'my-tiles-2'])).toBe('my-tiles-3');
  });

  it('says where labels come from', () => {
    expect(origin(manifest({ drawn: true })).word).toBe('Drawn by code');
    expect(origin(manifest({ computed_labels: true })).word).toContain('not drawn by an expert');
    expect(origin(manifest({})).word).toBe('Real images');
  });

  it('counts images', () => {
    expect(total(manifest({}))).toBe(60);
    expect(total(manifest({}), 'test')).toBe(10);
  });
});

describe('example images', () => {
  it('come from all classes in turns, although the set is sorted by class', async () => {
    const datasets = fakeDatasets();
    const set = manifest({});
    const shown = await extend(datasets, set, begin(set, { split: '', className: '', text: '' }));
    expect(shown.samples.slice(0, 4).map(sample => sample.class_name)).toEqual(['normal', 'tumor', 'normal', 'tumor']);
    expect(shown.samples).toHaveLength(24);
    expect(shown.total).toBe(60);
  });

  it('go on where they stopped, to the end and no further', async () => {
    const datasets = fakeDatasets();
    const set = manifest({});
    let shown = begin(set, { split: '', className: 'tumor', text: '' });
    while (!isComplete(shown)) {
      shown = await extend(datasets, set, shown);
    }
    expect(shown.samples.map(sample => sample.index)).toEqual(Array.from({ length: 30 }, (_, place) => 30 + place));
  });

  it('can begin anywhere where a full page is left', () => {
    const set = manifest({});
    const places = (random: number): (number | null)[] =>
      begin(set, { split: '', className: '', text: '' }, () => random).cursors.map(cursor => cursor.after);
    expect(places(0)).toEqual([0, 0]);
    expect(places(0.999)).toEqual([6, 6]);
  });
});

describe('a mask', () => {
  it('has a full outline, a faint inside and a clear background', () => {
    const size = 5;
    const classes = new Uint8ClampedArray(size * size);
    for (const place of [6, 7, 8, 11, 12, 13, 16, 17, 18]) {
      classes[place] = 1;
    }
    const alpha = [...colorMask({ classes, width: size, height: size })].filter((_, place) => place % 4 === 3);
    expect(alpha[0]).toBe(0);
    expect(alpha[6]).toBe(255);
    expect(alpha[12]).toBeGreaterThan(0);
    expect(alpha[12]).toBeLessThan(255);
  });
});

describe('the columns of a table', () => {
  const column = (name: string, role: ColumnRole): TableColumn => ({ name, role, type: 'int', missing: 0 });
  const columns = [column('age', 'input'), column('case', 'group'), column('site', 'input'), column('dose', 'output')];

  it('are chosen by their roles; there is one group', () => {
    const changed = withRole(columns, 'site', 'group');
    expect(choicesOf(changed, new Set(['age', 'site']))).toEqual({
      inputs: ['age'],
      outputs: ['dose'],
      one_hot: ['age'],
      group: 'site'
    });
    expect(changed[1]?.role).toBe('left out');
  });

  it('are said to be written so', () => {
    expect(dialectWords({ encoding: 'cp1252', delimiter: ';', decimal: ',' })).toBe(
      'Cells between semicolons, numbers with decimal commas, letters as cp1252.'
    );
  });

  it('are in the code that does the same', () => {
    const table = choicesOf(columns, new Set());
    expect(uploadCode('a.csv', 'a', { table })).toContain('table={"inputs": ["age", "site"], "outputs": ["dose"]');
  });
});
