import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { Checker } from '../../src/editor/checker';
import type { CheckResult, GraphDocument } from '../../src/generated';
import { apply } from '../../src/graph';
import { lenet } from '../graph/golden';

const result = (layers: number): CheckResult => ({
  nodes: {},
  issues: [],
  totals: { parameters: 0, multiply_adds: 0, memory_bytes: 0, layers, frozen_parameters: 0 },
  runnable: true
});
const changed = (count: number): GraphDocument =>
  apply(lenet(), [{ op: 'setParams', id: 'conv_1', params: { out_channels: count } }]);

beforeEach(() => {
  vi.useFakeTimers();
});

afterEach(() => {
  vi.useRealTimers();
});

describe('the checker', () => {
  it('asks once for changes that follow each other closely', async () => {
    const check = vi.fn(() => Promise.resolve(result(1)));
    const checker = new Checker({ check, onResult: vi.fn(), onFailure: vi.fn() });
    checker.request(changed(1));
    checker.request(changed(12));
    await vi.advanceTimersByTimeAsync(50);
    expect(check).toHaveBeenCalledExactlyOnceWith(changed(12));
  });

  it('asks one question at a time, and the next about what is there when the answer comes', async () => {
    const answers: ((value: CheckResult) => void)[] = [];
    const onResult = vi.fn();
    const check = vi.fn((): Promise<CheckResult> => new Promise(resolve => answers.push(resolve)));
    const checker = new Checker({ check, onResult, onFailure: vi.fn() });
    checker.request(changed(1));
    await vi.advanceTimersByTimeAsync(0);
    checker.request(changed(2));
    checker.request(changed(3));
    await vi.advanceTimersByTimeAsync(50);
    expect(check).toHaveBeenCalledExactlyOnceWith(changed(1));
    answers[0]?.(result(1));
    await vi.advanceTimersByTimeAsync(0);
    expect(check).toHaveBeenCalledTimes(2);
    expect(check).toHaveBeenLastCalledWith(changed(3));
    answers[1]?.(result(3));
    await vi.advanceTimersByTimeAsync(0);
    expect(onResult).toHaveBeenLastCalledWith(result(3));
  });

  it('asks at once about what was changed here, and twice a second at most about what others do', async () => {
    const check = vi.fn(() => Promise.resolve(result(1)));
    const checker = new Checker({ check, onResult: vi.fn(), onFailure: vi.fn() });
    for (let count = 1; count <= 40; count += 1) {
      checker.request(changed(count), false);
      await vi.advanceTimersByTimeAsync(50);
    }
    expect(check).toHaveBeenCalledTimes(4);
    checker.request(changed(99), true);
    await vi.advanceTimersByTimeAsync(0);
    expect(check).toHaveBeenCalledTimes(5);
    expect(check).toHaveBeenLastCalledWith(changed(99));
  });

  it('does not ask twice about the same graph', async () => {
    const check = vi.fn(() => Promise.resolve(result(1)));
    const checker = new Checker({ check, onResult: vi.fn(), onFailure: vi.fn() });
    checker.request(changed(1));
    await vi.advanceTimersByTimeAsync(50);
    checker.request(changed(1));
    await vi.advanceTimersByTimeAsync(50);
    expect(check).toHaveBeenCalledOnce();
  });

  it('tells a failure and asks again after the next change', async () => {
    const onFailure = vi.fn();
    const check = vi.fn(() => Promise.reject(new Error('no kernel')));
    const checker = new Checker({ check, onResult: vi.fn(), onFailure });
    checker.request(changed(1));
    await vi.advanceTimersByTimeAsync(50);
    checker.request(changed(1));
    await vi.advanceTimersByTimeAsync(50);
    expect(onFailure).toHaveBeenCalledTimes(2);
    expect(onFailure).toHaveBeenCalledWith({ message: 'no kernel', hint: '' });
  });
});
