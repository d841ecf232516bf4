import { describe, expect, it, vi } from 'vitest';
import { ACTION_IDS, ACTIONS, actionOf } from '../../src/editor/actions';
import { checkInside } from '../../src/editor/inner-check';
import { listenToKeys } from '../../src/editor/keys';
import type { CheckResult } from '../../src/generated';

const press = (key: string, options: KeyboardEventInit = {}): KeyboardEvent =>
  new KeyboardEvent('keydown', { key, bubbles: true, cancelable: true, ...options });

describe('the actions', () => {
  it('have keys that no other has', () => {
    const keys = ACTION_IDS.flatMap(id => ACTIONS[id].keys);
    expect(new Set(keys).size).toBe(keys.length);
    expect(ACTION_IDS.every(id => ACTIONS[id].keys.length > 0)).toBe(true);
  });

  it.each([
    [press('z', { ctrlKey: true }), 'undo-change'],
    [press('Z', { metaKey: true, shiftKey: true }), 'redo-change'],
    [press('?', { shiftKey: true }), 'show-keys'],
    [press('+'), 'zoom-in'],
    [press('f'), 'show-all'],
    [press('F', { shiftKey: true }), 'show-selection'],
    [press('f', { altKey: true }), undefined]
  ])('%# are found by their key', (event, action) => {
    expect(actionOf(event)).toBe(action);
  });

  it('never reach the page around, and leave letters to the fields', () => {
    const root = document.body.appendChild(document.createElement('div'));
    const canvas = root.appendChild(document.createElement('div'));
    const field = root.appendChild(document.createElement('input'));
    const actions = { run: vi.fn(), clearSelection: vi.fn(), step: vi.fn(), nudge: vi.fn() };
    const outside = vi.fn();
    listenToKeys(root, canvas, actions);
    document.body.addEventListener('keydown', outside);
    field.dispatchEvent(press('t'));
    field.dispatchEvent(press('z', { ctrlKey: true }));
    canvas.dispatchEvent(press('t'));
    canvas.dispatchEvent(press('ArrowDown', { altKey: true }));
    expect(actions.run.mock.calls).toEqual([['undo-change'], ['tidy-graph']]);
    expect(actions.nudge).toHaveBeenCalledWith(0, 20);
    expect(outside).not.toHaveBeenCalled();
  });
});

describe('a check inside a block', () => {
  const facts = {
    outputs: {},
    parameters: 1,
    frozen_parameters: 0,
    multiply_adds: 0,
    memory_bytes: 0,
    receptive_field: null
  };
  const issue = {
    code: 'x',
    severity: 'error',
    message: 'No.',
    node: 'use_1',
    path: ['in_1', 'conv_1'],
    edge: null,
    mend: null,
    other_mends: []
  } as const;
  const check = {
    nodes: { use_1: facts, 'use_1/in_1': facts, 'use_1/in_1/conv_1': facts },
    issues: [{ ...issue, path: [...issue.path], other_mends: [] }]
  } as unknown as CheckResult;

  it('has the facts and issues of what is there, under the names inside', () => {
    expect(Object.keys(checkInside(check, ['use_1'])?.nodes ?? {})).toEqual(['in_1']);
    expect(checkInside(check, ['use_1'])?.issues[0]).toMatchObject({ node: 'in_1', path: ['conv_1'] });
    expect(Object.keys(checkInside(check, ['use_1', 'in_1'])?.nodes ?? {})).toEqual(['conv_1']);
    expect(checkInside(check, ['use_1', 'in_1'])?.issues[0]).toMatchObject({ node: 'conv_1', path: [] });
    expect(checkInside(check, ['use_2'])?.issues).toEqual([]);
    expect(checkInside(check, [])).toBe(check);
  });
});
