import { afterEach, describe, expect, it, vi } from 'vitest';
import { ApiError, type Estimate, type Job, type JobsApi } from '../../src/api';
import { TrainingPanel } from '../../src/features/training/components/training-panel';
import { button, click, doing, draw, fakeEvents, type, type Drawn } from '../render';
import { OVERFITTING, RESULT, job } from './fakes';

let drawn: Drawn | undefined;
afterEach(() => {
  drawn?.unmount();
  drawn = undefined;
});

const FACTS = {
  class_name: 'LeNet5',
  settings: { EPOCHS: 8, BATCH_SIZE: 32 },
  syntax_error: null,
  dataset: 'he_tissue'
};

type Calls = Record<'read' | 'start' | 'estimate', ReturnType<typeof vi.fn>>;

function calls(): Calls {
  return {
    read: vi.fn(() => Promise.resolve(FACTS)),
    start: vi.fn(() => Promise.resolve(job({}))),
    estimate: vi.fn(() => Promise.resolve(TIGHT))
  };
}

const TIGHT: Estimate = {
  device: 'CPU',
  parts: [
    { name: 'weights', label: 'Weights', text: 'numbers', bytes: 250e6 },
    { name: 'activations', label: 'Activations', text: 'what layers gave', bytes: 1500e6 }
  ],
  needed_bytes: 1750e6,
  available_bytes: 1e9,
  fits: false,
  batch_size: 128,
  largest_batch: 64,
  epoch_s: 10,
  total_s: 80,
  reasons: ['It may not fit.', 'Activations take most.', 'An epoch takes about 10 s.']
};

function fakeJobs(changes: Partial<JobsApi> = {}): JobsApi {
  const never = (): Promise<never> => Promise.reject(new Error('not part of this test'));
  return {
    submit: never,
    list: never,
    get: never,
    cancel: vi.fn(() => Promise.resolve(job({ state: 'stopping' }))),
    pause: vi.fn(() => Promise.resolve(job({ state: 'stopping' }))),
    resume: vi.fn(() => Promise.resolve(job({ state: 'queued' }))),
    prioritize: vi.fn(() => Promise.resolve(job({ state: 'queued' }))),
    copy: vi.fn(() => Promise.resolve(job({ id: 'the-next' }))),
    diagnosis: never,
    experiment: never,
    fork: never,
    delete: never,
    record: never,
    compare: never,
    curves: never,
    metrics: never,
    log: never,
    ...changes
  };
}

async function panel(
  one: Job | null,
  options: Partial<Parameters<typeof TrainingPanel>[0]> = {}
): Promise<HTMLElement> {
  const api = { jobs: fakeJobs(), events: fakeEvents() };
  const quiet = { problem: null, diagnosis: null, pointed: '', onPoint: vi.fn(), onStarted: vi.fn() };
  const given = { api, calls: calls(), graph: 'g1', job: one, ...quiet, ...options };
  drawn = await draw(<TrainingPanel {...given} />);
  return drawn.element;
}

describe('the training form', () => {
  it("has the cell's own values in it", async () => {
    const element = await panel(null);
    const values = [...element.querySelectorAll('input')].map(input => input.value);
    expect(values.slice(0, 4)).toEqual(['8', '32', '', '']);
    expect(element.textContent).toContain('Train LeNet5');
  });

  it('trains the cell as it stands in the notebook, then has the notebook saved', async () => {
    const own = calls();
    const element = await panel(null, { calls: own });
    const saved = vi.fn();
    const host = (event: Event): void => {
      event.preventDefault();
      (event as CustomEvent<{ graph: string; source?: string }>).detail.source = 'EPOCHS = 3  # edited';
    };
    document.body.addEventListener('patholearn:read-cell', host);
    document.body.addEventListener('patholearn:save-notebook', saved);
    await type(element.querySelectorAll('input')[0] as HTMLInputElement, '5');
    await click(element, 'Train');
    document.body.removeEventListener('patholearn:read-cell', host);
    document.body.removeEventListener('patholearn:save-notebook', saved);
    expect(own.start).toHaveBeenCalledWith('EPOCHS = 3  # edited', { epochs: 5 });
    expect(saved).toHaveBeenCalledTimes(1);
  });

  it('trains with the augmentation that was chosen', async () => {
    const own = calls();
    own.read.mockResolvedValue({ ...FACTS, augmentations: ['gentle', 'tissue'] });
    const element = await panel(null, { calls: own });
    const choice = element.querySelector('select') as HTMLSelectElement;
    expect([...choice.options].map(option => option.text)).toEqual(['from the cell', 'gentle', 'tissue']);
    await doing(() => {
      choice.value = 'tissue';
      choice.dispatchEvent(new Event('change', { bubbles: true }));
    });
    await click(element, 'Train');
    expect(own.start).toHaveBeenCalledWith(null, { augmentation: 'tissue' });
  });

  it('leaves the code to Python where there is no host', async () => {
    const own = calls();
    const element = await panel(null, { calls: own });
    await click(element, 'Train');
    expect(own.start).toHaveBeenCalledWith(null, {});
  });

  it('says what is wrong with a value and does not train with it', async () => {
    const element = await panel(null);
    await type(element.querySelectorAll('input')[0] as HTMLInputElement, '0');
    expect(element.querySelector('[role=alert]')?.textContent).toBe(
      "Epochs is '0'; it has to be a whole number from 1 to 1000."
    );
    expect(button(element, 'Train').disabled).toBe(true);
  });

  it('shows why a training could not be started', async () => {
    const own = calls();
    own.start.mockRejectedValue(new ApiError({ message: 'The graph has two errors.', hint: 'Mend them.' }));
    const element = await panel(null, { calls: own });
    await click(element, 'Train');
    expect(element.querySelector('[role=alert]')?.textContent).toBe('The graph has two errors.Mend them.');
  });

  it('tells before the start whether it fits, what takes the memory, and takes the batch that would fit', async () => {
    const own = calls();
    const element = await panel(null, { calls: own });
    await type(element.querySelectorAll('input')[1] as HTMLInputElement, '128');
    await click(element, 'Will it fit?');
    expect(own.estimate).toHaveBeenCalledWith(null, { batch_size: 128 });
    const card = element.querySelector('[aria-label=Estimate]');
    expect(card?.querySelector('strong')?.textContent).toBe('It may not fit.');
    const parts = [...(card?.querySelectorAll('li') ?? [])].map(part => part.textContent);
    expect(parts).toEqual(['Weights 250 MB', 'Activations 1.5 GB', 'Free 1.0 GB']);
    const widths = [...(card?.querySelectorAll<HTMLElement>('.plab-estimate-bar span') ?? [])].map(s => s.style.width);
    expect(widths.map(parseFloat)).toEqual([expect.closeTo(14.3, 1), expect.closeTo(85.7, 1)]);
    expect(button(element, 'Train').disabled).toBe(false);
    await click(element, 'Take a batch of 64');
    expect(element.querySelectorAll('input')[1]?.value).toBe('64');
    expect(element.querySelector('[aria-label=Estimate]')).toBeNull();
  });

  it('shows why it could not be measured', async () => {
    const own = calls();
    own.estimate.mockRejectedValue(new ApiError({ message: 'Line 3 of the cell divides by zero.', hint: '' }));
    const element = await panel(null, { calls: own });
    await click(element, 'Will it fit?');
    expect(element.querySelector('[role=alert]')?.textContent).toContain('Line 3 of the cell');
  });

  it('waits while a training goes on', async () => {
    expect(button(await panel(job({})), 'Train').disabled).toBe(true);
  });
});

describe('a run', () => {
  it('that is done is saved as an experiment, and says why where that fails', async () => {
    const experiment = vi.fn(() => Promise.resolve(new Blob(['zip'])));
    const jobs = fakeJobs({ experiment });
    URL.createObjectURL = vi.fn(() => 'blob:experiment');
    URL.revokeObjectURL = vi.fn();
    const clicked = vi.spyOn(HTMLAnchorElement.prototype, 'click').mockImplementation(function (this: HTMLElement) {
      expect(this.getAttribute('download')).toBe('experiment-20260102-030405-abcd.zip');
    });
    const element = await panel(job({ state: 'done', result: RESULT }), { api: { jobs, events: fakeEvents() } });
    await click(element, 'Download experiment');
    expect(experiment).toHaveBeenCalledWith('20260102-030405-abcd');
    expect(clicked).toHaveBeenCalledTimes(1);
    clicked.mockRestore();
    experiment.mockRejectedValue(new ApiError({ message: 'The data set is gone.', hint: '' }));
    await click(element, 'Download experiment');
    expect(element.querySelector('.plab-experiment [role=alert]')?.textContent).toContain('The data set is gone.');
  });

  it.each(['queued', 'preparing', 'running', 'stopping', 'paused', 'done', 'failed', 'cancelled', 'lost'] as const)(
    'says that it is %s by word and sign',
    async state => {
      const element = await panel(job({ state }));
      const chip = element.querySelector('.plab-state');
      expect(chip?.textContent).toBe(state);
      expect(chip?.querySelector('svg')).not.toBeNull();
    }
  );

  it('says how far it is and how long it takes', async () => {
    const bar = (await panel(job({}))).querySelector('[role=progressbar]');
    expect(bar?.getAttribute('aria-valuenow')).toBe('25');
    expect(drawn?.element.textContent).toContain('25 % · about 1 min 15 s left');
  });

  it.each([
    ['Keep the best epoch', 'best'],
    ['Keep the last epoch', 'last'],
    ['Make no model', null],
    ['Keep nothing', 'nothing']
  ] as const)('is cancelled after the question what to keep: %s', async (answer, keep) => {
    const jobs = fakeJobs();
    const element = await panel(job({}), { api: { jobs, events: fakeEvents() } });
    await click(element, 'Cancel');
    expect(jobs.cancel).not.toHaveBeenCalled();
    await click(element, answer);
    expect(jobs.cancel).toHaveBeenCalledWith('20260102-030405-abcd', keep);
  });

  it('that waits says where and for what, and goes before others on request', async () => {
    const jobs = fakeJobs();
    const waiting = { place: 3, reason: 'Waits: 2 of 2 jobs of yours run.' };
    const element = await panel(job({ state: 'queued', progress: null, waiting }), {
      api: { jobs, events: fakeEvents() }
    });
    expect(element.textContent).toContain('Place 3 in the queue. Waits: 2 of 2 jobs of yours run.');
    const choice = element.querySelector('.plab-steering select') as HTMLSelectElement;
    await doing(() => {
      choice.value = 'high';
      choice.dispatchEvent(new Event('change', { bubbles: true }));
    });
    expect(jobs.prioritize).toHaveBeenCalledWith('20260102-030405-abcd', 'high');
  });

  it.each([
    ['Pause', 'running', 'pause'],
    ['Resume', 'paused', 'resume']
  ] as const)('has a button %s while it is %s', async (label, state, call) => {
    const jobs = fakeJobs();
    const element = await panel(job({ state }), { api: { jobs, events: fakeEvents() } });
    await click(element, label);
    expect(jobs[call]).toHaveBeenCalledWith('20260102-030405-abcd');
  });

  it.each([
    ['Train again', undefined],
    ['Train on', 'last']
  ] as const)('that has ended starts a new one by %s, and the host is told', async (label, checkpoint) => {
    const jobs = fakeJobs();
    const onStarted = vi.fn();
    const element = await panel(job({ state: 'failed' }), { api: { jobs, events: fakeEvents() }, onStarted });
    await click(element, label);
    expect(jobs.copy).toHaveBeenCalledWith('20260102-030405-abcd', {}, checkpoint);
    expect(onStarted).toHaveBeenCalledWith(expect.objectContaining({ id: 'the-next' }));
  });

  it('that goes on offers neither', async () => {
    const element = await panel(job({}));
    expect(element.textContent).not.toContain('Train again');
    expect(element.textContent).not.toContain('Train on');
  });

  it('that cannot go on says why', async () => {
    const jobs = fakeJobs({ copy: () => Promise.reject(new Error('It has no last checkpoint.')) });
    const element = await panel(job({ state: 'lost' }), { api: { jobs, events: fakeEvents() } });
    await click(element, 'Train on');
    expect(element.textContent).toContain('It has no last checkpoint.');
  });

  it('that failed names the line of the cell and folds the traceback', async () => {
    const error = {
      error: 'code',
      message: 'The network has no attribute called missing.',
      hint: 'Is it made in __init__?',
      details: { line: 23, traceback_tail: ['File "cell.py", line 23', 'AttributeError: missing'] },
      traceback: ''
    };
    const element = await panel(job({ state: 'failed', progress: null, error }));
    expect(element.querySelector('[role=alert]')?.textContent).toContain('Look at line 23 of the cell.');
    const details = element.querySelector('.plab-failure details');
    expect(details?.hasAttribute('open')).toBe(false);
    expect(details?.textContent).toContain('AttributeError: missing');
  });

  it('that is done shows figures, the model, and a table of answers', async () => {
    const element = await panel(job({ state: 'done', progress: null, result: RESULT }));
    expect(element.textContent).toContain('93.0 %');
    expect(element.textContent).toContain('lenet-5, version 3');
    const cells = [...element.querySelectorAll('.plab-confusion td')].map(cell => cell.textContent);
    expect(cells).toEqual(['90', '10', '4', '96']);
    expect(element.querySelectorAll('.plab-confusion th[scope=row]')).toHaveLength(2);
  });

  it('that gives a class to every pixel counts pixels, shows Dice and IoU, and says that there is no model', async () => {
    const result = {
      ...RESULT,
      baseline_accuracy: null,
      model: null,
      confusion: { ...RESULT.confusion, counts: 'pixels' },
      per_class: [{ output: '', dice: { normal: 0.9, tumor: null }, iou: { normal: 0.82, tumor: null } }]
    };
    const element = await panel(job({ state: 'done', progress: null, result }));
    expect(element.textContent).toContain('93 of 100 pixels of the test images right');
    expect(element.textContent).not.toContain('100 test images right');
    const scores = [...element.querySelectorAll('figure td')].map(cell => cell.textContent);
    expect(scores).toEqual(['0.90', '0.82', 'does not occur', 'does not occur']);
    expect(element.querySelector('table td[title]')?.getAttribute('title')).toContain('pixels of normal');
    expect(element.textContent).toContain('none. This run is from before');
  });

  it('that cannot be read just now says so and keeps what is known', async () => {
    const problem = { error: 'unavailable', message: 'The server does not answer.', hint: 'It is asked again.' };
    const element = await panel(job({}), { problem });
    expect(element.querySelector('[role=alert]')?.textContent).toContain('The server does not answer.');
    expect(element.querySelector('.plab-state')?.textContent).toBe('running');
  });
});

describe('what the curves say', () => {
  it('stands with its figures, and can be pointed to on the curve', async () => {
    const onPoint = vi.fn();
    const element = await panel(job({ state: 'done', result: RESULT }), { diagnosis: OVERFITTING, onPoint });
    expect(element.textContent).toContain('Since epoch 5 the validation loss has risen');
    await click(element, 'Show on the curve');
    expect(onPoint).toHaveBeenCalledWith('overfitting');
  });

  it('fills the form of the next training with what is to be tried', async () => {
    const jobs = fakeJobs();
    const element = await panel(job({ state: 'done', result: RESULT }), {
      api: { jobs, events: fakeEvents() },
      diagnosis: OVERFITTING
    });
    await click(element, 'Try it');
    const again = element.querySelector<HTMLFormElement>('.plab-again');
    expect(again?.querySelector('input')?.value).toBe('5');
    await doing(() => {
      again?.requestSubmit();
    });
    expect(jobs.copy).toHaveBeenCalledWith('20260102-030405-abcd', { epochs: 5 }, undefined);
  });

  it('offers nothing to try while the training goes on', async () => {
    const element = await panel(job({}), { diagnosis: OVERFITTING });
    expect(element.textContent).toContain('Overfitting');
    expect(element.textContent).not.toContain('Try it');
  });

  it('after a failure the settings that mend it are one press away', async () => {
    const error = {
      error: 'code',
      message: 'The memory is used up: a batch of 64 does not fit.',
      hint: 'A batch of 16 fits.',
      details: { changes: { batch_size: 16 } },
      traceback: ''
    };
    const jobs = fakeJobs();
    const element = await panel(job({ state: 'failed', error }), { api: { jobs, events: fakeEvents() } });
    await click(element, 'Try batch size 16');
    await doing(() => {
      element.querySelector<HTMLFormElement>('.plab-again')?.requestSubmit();
    });
    expect(jobs.copy).toHaveBeenCalledWith('20260102-030405-abcd', { batch_size: 16 }, undefined);
  });
});
