import { describe, expect, it } from 'vitest';
import { ALL, NEWEST_FIRST, choices, datasetOf, outcome, share, shownJobs } from '../../src/features/runs/run-list';
import { withNews } from '../../src/features/runs/use-jobs';
import { RESULT, job } from '../training/fakes';

const failed = job({
  id: 'c',
  name: 'Broken',
  state: 'failed',
  created_at: '2026-01-03T00:00:00Z',
  error: { error: 'code', message: 'Shapes differ.', hint: '', details: {}, traceback: '' }
});
const running = job({ id: 'b', name: 'LeNet-5' });
const done = job({ id: 'a', name: 'VGG', state: 'done', result: RESULT, labels: { dataset: 'digits' }, owner: 'bob' });
const JOBS = [done, failed, running];

const ids = (wanted: Partial<typeof ALL>, order = NEWEST_FIRST): string[] =>
  shownJobs(JOBS, { ...ALL, ...wanted }, order).map(one => one.id);

describe('the list of runs', () => {
  it('begins with the newest', () => {
    expect(ids({})).toEqual(['c', 'b', 'a']);
  });

  it('is filtered by words of name, data set and owner, by state, and by data set', () => {
    expect(ids({ text: 'LENET tissue' })).toEqual(['b']);
    expect(ids({ text: 'bob' })).toEqual(['a']);
    expect(ids({ state: 'live' })).toEqual(['b']);
    expect(ids({ state: 'ended' })).toEqual(['c', 'a']);
    expect(ids({ state: 'failed' })).toEqual(['c']);
    expect(ids({ dataset: 'digits' })).toEqual(['a']);
    expect(ids({ kind: 'search' })).toEqual([]);
  });

  it('is sorted by name, and by result with what has none at the end', () => {
    expect(ids({}, { by: 'name', isDown: false })).toEqual(['c', 'b', 'a']);
    expect(ids({}, { by: 'result', isDown: true })).toEqual(['a', 'c', 'b']);
  });

  it('says in a line what came out, why nothing did, or how far it is', () => {
    expect(JOBS.map(outcome)).toEqual(['93.0 % right', 'Shapes differ.', 'Training, 1 min 15 s left']);
    expect(outcome(job({ state: 'queued', progress: null, waiting: { place: 2, reason: '' } }))).toContain('Place 2');
    expect(JOBS.map(share)).toEqual([null, null, 0.25]);
  });

  it('offers what occurs', () => {
    expect(choices(JOBS, datasetOf)).toEqual(['digits', 'he_tissue']);
  });

  it('takes news in: a job as it is now, a new one, one that is gone', () => {
    const later = withNews(JOBS, { ...running, state: 'done' });
    expect(later.map(one => [one.id, one.state])).toEqual([
      ['a', 'done'],
      ['c', 'failed'],
      ['b', 'done']
    ]);
    expect(withNews(JOBS, job({ id: 'd' }))[0]?.id).toBe('d');
    expect(withNews(JOBS, { id: 'a', deleted: true })).toHaveLength(2);
  });
});
