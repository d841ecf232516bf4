import { describe, expect, it, vi } from 'vitest';
import { ARCHITECTURE_MIME, ArchitectureOutput } from '../../src/features/architecture/lab/output';
import { freeName } from '../../src/features/architecture/lab/new-file';
import { readDocument } from '../../src/graph';
import { lenet } from '../graph/golden';

// Lumino wants it at import, and jsdom has none.
vi.hoisted(() => {
  globalThis.DragEvent = class extends MouseEvent {} as typeof DragEvent;
});

const actions = { open: vi.fn(() => Promise.resolve()), copy: vi.fn(() => Promise.resolve()) };

async function shown(data: Record<string, unknown>): Promise<HTMLElement> {
  const output = new ArchitectureOutput(actions);
  await output.renderModel({ trusted: false, data: data as never, metadata: {}, setData: vi.fn() });
  return output.node;
}

describe('an architecture in an output', () => {
  it('is a picture that can run nothing', async () => {
    const svg = '<svg xmlns="http://www.w3.org/2000/svg"><script>alert(1)</script></svg>';
    const node = await shown({ [ARCHITECTURE_MIME]: { document: lenet() }, 'image/svg+xml': svg });
    expect(node.querySelector('script')).toBeNull();
    expect(node.querySelector('img')?.src).toMatch(/^data:image\/svg\+xml,/);
    expect(node.textContent).toContain('LeNet-5');
  });

  it('opens as a document and goes into the clipboard as JSON', async () => {
    const node = await shown({ [ARCHITECTURE_MIME]: { document: lenet() } });
    const [copy, open] = node.querySelectorAll('button');
    open?.click();
    copy?.click();
    expect(actions.open).toHaveBeenCalledWith(lenet());
    expect(readDocument((actions.copy.mock.calls as unknown as string[][])[0]?.[0] ?? '')).toEqual(lenet());
  });

  it('says why it cannot be shown', async () => {
    expect((await shown({ [ARCHITECTURE_MIME]: { document: { schemaVersion: 99 } } })).textContent).toContain(
      'version 99'
    );
    expect((await shown({ [ARCHITECTURE_MIME]: 7 })).textContent).toContain('no JSON object');
  });
});

describe('the name of a new file', () => {
  it.each([
    ['LeNet-5', [], 'LeNet-5.arch.json'],
    ['LeNet-5', ['LeNet-5.arch.json', 'LeNet-5 2.arch.json'], 'LeNet-5 3.arch.json'],
    ['../a/b', [], 'a b.arch.json'],
    ['Network', [], undefined],
    ['...', [], undefined]
  ])('%s beside %j', (name, taken, file) => {
    expect(freeName(name, new Set(taken))).toBe(file);
  });
});
