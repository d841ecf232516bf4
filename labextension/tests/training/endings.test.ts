import { describe, expect, it } from 'vitest';
import type { Job } from '../../src/api';
import { tellEndings, type Ending } from '../../src/features/training/endings';
import { fakeEvents } from '../render';
import { RESULT, job } from './fakes';

function watching(): { told: Ending[]; send: (one: Job) => void; stop: () => void } {
  const told: Ending[] = [];
  const events = fakeEvents();
  const stop = tellEndings(events, ending => told.push(ending));
  return {
    told,
    send(one) {
      events.send('jobs', one);
    },
    stop
  };
}

describe('the end of a training', () => {
  it('is told once, with how good the network is', () => {
    const { told, send } = watching();
    send(job({}));
    send(job({ state: 'done', result: RESULT }));
    send(job({ state: 'done', result: RESULT }));
    expect(told).toEqual([
      { tone: 'success', message: 'LeNet-5 is trained: 93.0 % of the test images right.', run: job({}).id }
    ]);
  });

  it('is told with the reason where it failed', () => {
    const { told, send } = watching();
    send(job({}));
    send(
      job({
        state: 'failed',
        error: { error: 'code', message: 'Shapes differ.', hint: '', details: {}, traceback: '' }
      })
    );
    expect(told).toEqual([
      { tone: 'error', message: 'The training of LeNet-5 failed. Shapes differ.', run: job({}).id }
    ]);
  });

  it('is not told to who cancelled it, nor of what somebody waits for, nor of trials of a search, nor after the watch', () => {
    const { told, send, stop } = watching();
    send(job({ id: 'old', state: 'done', result: RESULT }));
    send(job({ id: 'import', kind: 'import' }));
    send(job({ id: 'import', kind: 'import', state: 'done' }));
    send(job({ id: 'trial', labels: { trial: '1' } }));
    send(job({ id: 'trial', labels: { trial: '1' }, state: 'done' }));
    send(job({ id: 'mine' }));
    send(job({ id: 'mine', state: 'cancelled' }));
    send(job({ id: 'late' }));
    stop();
    send(job({ id: 'late', state: 'done', result: RESULT }));
    expect(told).toEqual([]);
  });

  it('is told of every other kind of job', () => {
    const { told, send } = watching();
    send(job({ id: 'found', kind: 'search', name: 'Rates' }));
    send(job({ id: 'found', kind: 'search', name: 'Rates', state: 'done' }));
    expect(told).toEqual([{ tone: 'success', message: 'The search “Rates” is done.', run: 'found' }]);
  });
});
