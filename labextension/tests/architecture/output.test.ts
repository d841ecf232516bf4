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
  const resolver = { resolveUrl: (url: string) => Promise.resolve(`course/${url}`), getDownloadUrl: vi.fn() };
  const output = new ArchitectureOutput(actions, resolver);
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
    expect(actions.open).toHaveBeenCalledWith(lenet(), undefined);
    expect(readDocument((actions.copy.mock.calls as unknown as string[][])[0]?.[0] ?? '')).toEqual(lenet());
  });

  it('says in which file it is kept, and opens that one', async () => {
    const node = await shown({ [ARCHITECTURE_MIME]: { document: lenet(), path: 'week 2/mine.arch.json' } });
    expect(node.textContent).toContain('kept in week 2/mine.arch.json');
    node.querySelectorAll('button')[1]?.click();
    await vi.waitFor(() => {
      expect(actions.open).toHaveBeenLastCalledWith(lenet(), 'course/week 2/mine.arch.json');
    });
  });

  it.each(['/etc/mine.arch.json', '../mine.arch.json', 'a/../../mine.arch.json', 'https://x.y/m.arch.json', 'a.py', 7])(
    'opens no file such as %s for a notebook from elsewhere',
    async path => {
      const node = await shown({ [ARCHITECTURE_MIME]: { document: lenet(), path } });
      expect(node.textContent).not.toContain('kept in');
    }
  );

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
