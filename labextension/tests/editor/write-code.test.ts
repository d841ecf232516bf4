import { describe, expect, it, vi } from 'vitest';
import type { ArchitecturesApi } from '../../src/api';
import type { EmitCellDetail } from '../../src/editor';
import { writeCode } from '../../src/editor/write-code';
import type { Issue } from '../../src/generated';
import { lenet } from '../graph/golden';

const issue = (severity: Issue['severity']): Issue => ({
  code: 'needs_output',
  severity,
  message: 'There is no output.',
  node: null,
  path: [],
  edge: null,
  mend: { label: 'Add an output', operations: [] },
  other_mends: []
});

function architectures(...issues: Issue[]): ArchitecturesApi {
  const totals = { parameters: 0, multiply_adds: 0, memory_bytes: 0, layers: 0, frozen_parameters: 0 };
  return {
    catalog: vi.fn(),
    templates: vi.fn(),
    template: vi.fn(),
    networks: vi.fn(),
    generate: vi.fn(),
    read: vi.fn(),
    merge: vi.fn(),
    compare: vi.fn(),
    check: () => Promise.resolve({ nodes: {}, issues, totals, runnable: issues.length === 0 }),
    emit: () => Promise.resolve({ code: 'x = 1', lines: {}, names: {}, class_name: 'X', hash: 'h' })
  };
}

describe('writing the code', () => {
  it('hands the cell to the notebook around it', async () => {
    const host = document.createElement('div');
    const target = host.appendChild(document.createElement('div'));
    host.addEventListener('patholearn:emit-cell', event => {
      const { detail } = event as CustomEvent<EmitCellDetail>;
      expect(detail).toMatchObject({ graph: lenet().meta.id, code: 'x = 1', hash: 'h' });
      detail.result = Promise.resolve();
      event.preventDefault();
    });
    await expect(writeCode(target, architectures(), lenet())).resolves.toEqual({ kind: 'written' });
  });

  it('gives the code where no notebook answers', async () => {
    const outcome = await writeCode(document.createElement('div'), architectures(issue('warning')), lenet());
    expect(outcome).toEqual({ kind: 'nowhere', code: 'x = 1' });
  });

  it('names the first error with its mend, and how many more there are', async () => {
    const api = architectures(issue('error'), issue('warning'), issue('error'));
    const outcome = await writeCode(document.createElement('div'), api, lenet());
    expect(outcome).toMatchObject({ kind: 'refused', mend: { label: 'Add an output' } });
    expect(outcome).toHaveProperty('message', expect.stringContaining('There is no output. (and 1 more error'));
  });

  it('says what went wrong on the way', async () => {
    const api = { ...architectures(), check: () => Promise.reject(new Error('no kernel')) };
    const outcome = await writeCode(document.createElement('div'), api, lenet());
    expect(outcome).toEqual({ kind: 'refused', message: 'no kernel', mend: null });
  });
});
