import { afterEach, describe, expect, it, vi } from 'vitest';
import type {
  DatasetChange,
  Doubt,
  DuplicateGroup,
  Duplicates,
  LabelReview as Review,
  Leaks,
  MeasuringState,
  Split
} from '../../src/api';
import { changeCode } from '../../src/features/datasets/curation/change-code';
import { plansOf, problemOf, reclassing, type ClassPlan } from '../../src/features/datasets/curation/class-changes';
import { CurationTools } from '../../src/features/datasets/curation/curation-tools';
import { beginning, decide, goTo, relabeled, undo } from '../../src/features/datasets/curation/decisions';
import { suspicion } from '../../src/features/datasets/curation/doubt-view';
import { LeakWarning } from '../../src/features/datasets/curation/leak-warning';
import { copiesOf, movesOf } from '../../src/features/datasets/curation/leftover';
import { button, click, doing, draw, fakeEvents, type, type Drawn } from '../render';
import { fakeDatasets, fakeModels, manifest, model } from './fakes';

let drawn: Drawn | undefined;
afterEach(() => {
  drawn?.unmount();
  drawn = undefined;
});

function doubt(index: number, changes: Partial<Doubt> = {}): Doubt {
  return {
    index,
    split: 'valid',
    given: 'normal',
    suggested: 'tumor',
    given_probability: 0.02,
    suggested_probability: 0.97,
    reason: 'contradicts',
    ...changes
  };
}

describe('decisions on labels', () => {
  it('keep only what changes a label', () => {
    let progress = beginning([doubt(3), doubt(7), doubt(9), doubt(11)]);
    progress = decide(progress, { label: 'tumor' });
    progress = decide(progress, { label: 'normal' });
    progress = decide(progress, 'skip');
    progress = decide(progress, { label: null });
    expect(progress.place).toBe(4);
    expect(relabeled(progress)).toEqual({ 3: 'tumor', 11: null });
  });

  it('are taken back one by one, also where one took the place of another', () => {
    let progress = decide(beginning([doubt(3), doubt(7)]), { label: 'tumor' });
    progress = decide(goTo(progress, 0), 'skip');
    expect(relabeled(progress)).toEqual({});
    progress = undo(progress);
    expect([progress.place, relabeled(progress)]).toEqual([0, { 3: 'tumor' }]);
    progress = undo(progress);
    expect(progress.decisions.size).toBe(0);
    expect(undo(progress)).toBe(progress);
  });

  it('have a reason in words for every kind of doubt', () => {
    expect(suspicion(doubt(1))).toBe('The model is sure that it is tumor (97.0 %), and gives normal only 2.0 %.');
    expect(suspicion(doubt(1, { reason: 'not_annotated', given: null }))).toContain('Nobody annotated it');
    expect(suspicion(doubt(1, { reason: 'unsure' }))).toContain('not sure');
    expect(suspicion(doubt(1, { reason: 'unsure', suggested: 'normal' }))).toContain('agrees');
  });
});

describe('a change as code', () => {
  it('is written as Python writes it', () => {
    expect(changeCode('tiles', [{ kind: 'relabel', labels: { 3: 'tumor', 11: null } }])).toBe(
      'import patholearn_lab as lab\n\ndatasets = lab.connect().datasets\ndatasets.change("tiles", {"kind": "relabel", "labels": {3: "tumor", 11: None}})'
    );
  });
});

describe('the review of labels', () => {
  const review: Review = {
    dataset: 'tiles',
    version: 1,
    model: 'lenet',
    model_version: 1,
    judged: 10,
    contradicting: 1,
    not_annotated: 0,
    doubts: [doubt(3), doubt(7, { reason: 'unsure' })]
  };

  async function opened(change = vi.fn(() => Promise.resolve(manifest({ version: 2 })))): Promise<{
    element: HTMLElement;
    change: typeof change;
    onWritten: ReturnType<typeof vi.fn>;
    ask: ReturnType<typeof vi.fn>;
  }> {
    const ask = vi.fn(() => Promise.resolve(review));
    const onWritten = vi.fn();
    const others = model('organs', {
      outputs: [{ name: 'output', task: 'classification', classes: ['a', 'b'], unit: '', thresholds: [] }]
    });
    drawn = await draw(
      <CurationTools
        api={{
          datasets: fakeDatasets({ review: ask, change }),
          models: fakeModels(others, model('lenet')),
          events: fakeEvents()
        }}
        manifest={manifest({})}
        open="labels"
        onOpen={vi.fn()}
        onWritten={onWritten}
      />
    );
    return { element: drawn.element, change, onWritten, ask };
  }
  const press = (element: HTMLElement, key: string): Promise<void> =>
    doing(() => {
      element
        .querySelector('.plab-doubt, .plab-doubts')
        ?.dispatchEvent(new KeyboardEvent('keydown', { key, bubbles: true }));
    });

  it('asks a model of these classes about the validation images', async () => {
    const { element, ask } = await opened();
    expect([...element.querySelectorAll('select[aria-label=Model] option')].map(one => one.textContent)).toEqual([
      'lenet, version 1'
    ]);
    await click(element, 'Look for doubtful labels');
    expect(ask).toHaveBeenCalledWith('tiles', 'lenet', { version: 1, split: 'valid', limit: 100 });
    expect(element.textContent).toContain('The model is sure that it is tumor (97.0 %)');
  });

  it('is gone through by keys, undone, and written as a new version', async () => {
    const { element, change, onWritten } = await opened();
    await click(element, 'Look for doubtful labels');
    expect(button(element, 'Write a new version').disabled).toBe(true);
    await press(element, 'Enter');
    await press(element, '0');
    expect(element.textContent).toContain('You have seen all of them.');
    expect(element.textContent).toContain('2 labels will change.');
    await press(element, 'u');
    expect(element.textContent).toContain('1 of 2 decided');
    await press(element, 's');
    await click(element, 'Write a new version');
    expect(change).toHaveBeenCalledWith('tiles', { kind: 'relabel', labels: { 3: 'tumor' } } satisfies DatasetChange);
    expect(onWritten).toHaveBeenCalled();
  });

  it('is gone through by mouse, and says why a version cannot be written', async () => {
    const { element, onWritten } = await opened(vi.fn(() => Promise.reject(new Error('The disk is full.'))));
    await click(element, 'Look for doubtful labels');
    await click(element, 'Nobody can tell');
    await click(element, 'Skip');
    await click(element, 'Write a new version');
    expect(element.querySelector('[role=alert]')?.textContent).toContain('The disk is full.');
    expect(onWritten).not.toHaveBeenCalled();
  });

  it('says what is missing where no model tells these classes', async () => {
    drawn = await draw(
      <CurationTools
        api={{ datasets: fakeDatasets(), models: fakeModels(), events: fakeEvents() }}
        manifest={manifest({})}
        open="labels"
        onOpen={vi.fn()}
        onWritten={vi.fn()}
      />
    );
    expect(drawn.element.textContent).toContain('No model tells normal, tumor apart yet.');
  });
});

describe('duplicates', () => {
  const group = (samples: [number, Split][]): DuplicateGroup => ({
    samples: samples.map(([index, split], place) => ({ index, split, class_name: 'tumor', distance: 3 * place })),
    exact: false,
    leaks: new Set(samples.map(([, split]) => split)).size > 1,
    contradicts: false
  });

  it('leave one of each group, in the test split where there is one', () => {
    expect(
      copiesOf(
        group([
          [1, 'train'],
          [5, 'test'],
          [9, 'test']
        ])
      )
    ).toEqual([1, 9]);
  });

  it('are moved to where most of a group is, a version for each split', () => {
    const first = group([
      [1, 'train'],
      [2, 'train'],
      [5, 'test']
    ]);
    const second = group([
      [8, 'valid'],
      [9, 'valid'],
      [3, 'train']
    ]);
    expect(movesOf([first, second])).toEqual([
      { kind: 'move', split: 'train', samples: [5] },
      { kind: 'move', split: 'valid', samples: [3] }
    ]);
  });

  it('are looked for with a way to stop, shown side by side, and left out of a new version', async () => {
    let state: MeasuringState = { dataset: 'tiles', version: 1, state: 'open', progress: null, error: null };
    const events = fakeEvents();
    const change = vi.fn(() => Promise.resolve(manifest({ version: 2 })));
    const found: Duplicates = {
      dataset: 'tiles',
      version: 1,
      distance: 4,
      total: 1,
      leaking: 1,
      contradicting: 0,
      groups: [
        group([
          [4, 'train'],
          [50, 'test']
        ])
      ]
    };
    const datasets = fakeDatasets({
      measuring: () => Promise.resolve(state),
      measure: () =>
        Promise.resolve(
          (state = { ...state, state: 'measuring', progress: { done: 6, total: 24, stage: '', eta_s: 3 } })
        ),
      stopMeasuring: () => Promise.resolve((state = { ...state, state: 'open', progress: null })),
      duplicates: () => Promise.resolve(found),
      change
    });
    drawn = await draw(
      <CurationTools
        api={{ datasets, models: fakeModels(), events }}
        manifest={manifest({})}
        open="duplicates"
        onOpen={vi.fn()}
        onWritten={vi.fn()}
      />
    );
    const { element } = drawn;
    await click(element, 'Look for duplicates');
    expect(element.textContent).toContain('Looking at every image · 3 s left');
    await click(element, 'Stop');
    await click(element, 'Look for duplicates');
    state = { ...state, state: 'measured', progress: null };
    await doing(() => {
      events.send('measuring.tiles');
    });
    expect(element.textContent).toContain('1 in more than one split');
    expect(element.querySelector('.plab-pair')?.textContent).toContain('image 50, 3 of 64 bits apart');
    expect(element.textContent).toContain('1 picture will be left out.');
    await click(element, 'Write a new version');
    expect(change).toHaveBeenCalledWith('tiles', { kind: 'drop', samples: [4] });
  });
});

describe('other classes', () => {
  const plan = (from: string, to = from, fate: ClassPlan['fate'] = 'keep'): ClassPlan => ({ from, to, fate });

  it('are renamed, and merged where two have one name', () => {
    expect(reclassing([plan('a', 'benign'), plan('b', 'malign'), plan('c', 'malign')], 'labels')).toEqual({
      kind: 'reclass',
      of: 'labels',
      merge: { malign: ['b', 'c'] },
      rename: { a: 'benign' }
    });
  });

  it('are left out, or not annotated', () => {
    expect(
      reclassing([plan('a'), plan('b'), plan('c', 'c', 'leave out'), plan('d', 'd', 'not annotated')], 'masks')
    ).toEqual({ kind: 'reclass', of: 'masks', keep: ['a', 'b', 'd'], not_annotated: ['d'] });
  });

  it('are no change where nothing is said, and a problem where one or none is left', () => {
    expect(reclassing(plansOf(['a', 'b']), 'labels')).toBeNull();
    expect(problemOf([plan('a', ' '), plan('b')])).toBe("'a' needs a name.");
    expect(problemOf([plan('a', 'b'), plan('b')])).toContain('two classes');
    expect(problemOf(plansOf(['a', 'b']))).toBe('');
  });
});

describe('a new division', () => {
  it('names the groups first where nobody did, and says what is missing', async () => {
    const change = vi.fn(() => Promise.resolve(manifest({ version: 2 })));
    drawn = await draw(
      <CurationTools
        api={{ datasets: fakeDatasets({ change }), models: fakeModels(), events: fakeEvents() }}
        manifest={manifest({})}
        open="divide by group"
        onOpen={vi.fn()}
        onWritten={vi.fn()}
      />
    );
    const { element } = drawn;
    expect(button(element, 'Write a new version').disabled).toBe(true);
    expect(element.textContent).toContain('Names here: tile-0.png');
    await type(element.querySelector('input[placeholder]') as HTMLInputElement, 'tile-{group}.png');
    expect(element.textContent).toContain('About 48 train, 6 validate, 6 test.');
    await click(element, 'Write a new version');
    expect(change.mock.calls).toEqual([
      ['tiles', { kind: 'group', pattern: 'tile-{group}.png' }],
      ['tiles', { kind: 'divide', by: 'group', valid: 0.1, test: 0.1, folds: 0, seed: 0 }]
    ]);
  });
});

describe('a patient in two splits', () => {
  it('is named, with the way out', async () => {
    const onDivide = vi.fn();
    const leaks: Leaks = {
      grouped_by: 'patient',
      groups: 12,
      total: 2,
      shared: [{ name: 'p3', samples: { train: 4, test: 1 } }]
    };
    drawn = await draw(
      <LeakWarning
        datasets={fakeDatasets({ leaks: () => Promise.resolve(leaks) })}
        manifest={manifest({ arrays: ['labels', 'groups'] })}
        onDivide={onDivide}
      />
    );
    expect(drawn.element.textContent).toContain(
      '2 of 12 patients are in more than one split, such as p3 (4 in training, 1 in test)'
    );
    await click(drawn.element, 'Divide the set by patient');
    expect(onDivide).toHaveBeenCalled();
  });
});
