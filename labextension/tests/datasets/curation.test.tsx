import { afterEach, describe, expect, it, vi } from 'vitest';
import type { DatasetChange, Doubt, LabelReview as Review } from '../../src/api';
import { changeCode } from '../../src/features/datasets/curation/change-code';
import { CurationTools } from '../../src/features/datasets/curation/curation-tools';
import { beginning, decide, goTo, relabeled, undo } from '../../src/features/datasets/curation/decisions';
import { suspicion } from '../../src/features/datasets/curation/doubt-view';
import { button, click, doing, draw, type Drawn } from '../render';
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
    expect(changeCode('tiles', { kind: 'relabel', labels: { 3: 'tumor', 11: null } })).toBe(
      'import patholearn_lab as lab\n\nlab.connect().datasets.change("tiles", {"kind": "relabel", "labels": {3: "tumor", 11: None}})'
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
        datasets={fakeDatasets({ review: ask, change })}
        models={fakeModels(others, model('lenet'))}
        manifest={manifest({})}
        onWritten={onWritten}
      />
    );
    await click(drawn.element, 'Mend labels');
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
      <CurationTools datasets={fakeDatasets()} models={fakeModels()} manifest={manifest({})} onWritten={vi.fn()} />
    );
    await click(drawn.element, 'Mend labels');
    expect(drawn.element.textContent).toContain('No model tells normal, tumor apart yet.');
  });
});
