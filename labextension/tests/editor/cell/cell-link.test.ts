import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { ApiError } from '../../../src/api';
import { CellLink, type InStep, type LinkState } from '../../../src/editor/cell/cell-link';
import type { LinkedCell, LinkListener } from '../../../src/editor/cell/linked-cell';
import { GraphStore } from '../../../src/graph';
import type { CodeIssue, GraphDocument, Merged, Operation, ReadBack } from '../../../src/generated';
import { lenet } from '../../graph/golden';

/** A cell whose code is one line, the number of filters, and what its author writes below. */
const codeOf = (document: GraphDocument): string =>
  `filters = ${String(document.nodes['conv_1']?.params['out_channels'])}`;
const filters = (count: number): Operation => ({ op: 'setParams', id: 'conv_1', params: { out_channels: count } });
const issue = (code: string, line: number, message = 'No.'): CodeIssue => ({
  code,
  line,
  message,
  severity: 'error',
  node: null
});
const codeError = (details: Record<string, unknown> = {}): ApiError =>
  new ApiError({ error: 'code', message: 'It has an error.', details });

class FakeCell implements LinkedCell {
  marked: readonly (readonly [number, number])[] = [];
  isReleased = false;

  constructor(
    public source: string | undefined,
    public hash: string,
    private readonly written: string
  ) {}

  isUntouched = (): Promise<boolean> => Promise.resolve(this.source === this.written);
  write = (code: string): void => {
    this.source = code;
  };
  keepHash = (hash: string): void => {
    this.hash = hash;
  };
  mark = (ranges: FakeCell['marked']): void => {
    this.marked = ranges;
  };
  reveal = vi.fn();
  release = (): void => {
    this.isReleased = true;
  };
}

let store: GraphStore;
let cell: FakeCell;
let listener: LinkListener;
let link: CellLink;
let states: LinkState['kind'][];
let nodes: string[];
let memory: { inStep: InStep | undefined };

const readBack = (code: string, document: GraphDocument): ReadBack => {
  const [first = '', ...own] = code.split('\n');
  const count = Number(first.split('=')[1]);
  const issues = Number.isNaN(count) || first.trim().endsWith('=') ? [issue('syntax_error', 1)] : [];
  const lost = own.findIndex(line => line.includes('weird'));
  if (lost >= 0) {
    issues.push(issue('not_shown', lost + 2));
  }
  const differs = issues.every(found => found.code !== 'syntax_error') && codeOf(document) !== first;
  const operations = differs ? [filters(count)] : [];
  return {
    document,
    operations,
    issues,
    lines: { conv_1: [1, 1], 'use_1/relu': [2, 4] },
    uses: {},
    complete: issues.length === 0
  };
};

const api = {
  emit: vi.fn((document: GraphDocument) => {
    if (document.nodes['conv_1']?.params['out_channels'] === 0) {
      return Promise.reject(codeError());
    }
    const code = codeOf(document);
    return Promise.resolve({ code, hash: `hash of ${code}`, lines: {}, names: {}, class_name: 'Net' });
  }),
  read: vi.fn((code: string, document: GraphDocument) => Promise.resolve(readBack(code, document))),
  merge: vi.fn(async (code: string, old: GraphDocument, changed: GraphDocument): Promise<Merged> => {
    await api.emit(changed);
    const [first = '', ...own] = code.split('\n');
    if (first !== codeOf(old) && first !== codeOf(changed)) {
      const both = { line: 1, yours: first, graph: codeOf(changed), nodes: ['conv_1'], message: 'Both changed it.' };
      return { code, conflicts: [both] };
    }
    return { code: [codeOf(changed), ...own].join('\n'), conflicts: [] };
  })
};

function begin(): void {
  link = new CellLink({
    store,
    architectures: api,
    memory,
    find: given => {
      listener = given;
      return cell.source === undefined ? undefined : cell;
    },
    onState: state => states.push(state.kind),
    onNode: node => nodes.push(node),
    pauseMs: 0
  });
}

function type(code: string): Promise<void> {
  cell.source = code;
  listener.onChange();
  return link.sync();
}

const filtersNow = (): unknown => store.document.nodes['conv_1']?.params['out_channels'];

beforeEach(async () => {
  vi.clearAllMocks();
  [states, nodes, memory] = [[], [], { inStep: undefined }];
  store = new GraphStore(lenet());
  const code = codeOf(store.document);
  cell = new FakeCell(code, `hash of ${code}`, code);
  begin();
  await link.sync();
});

afterEach(() => {
  link.dispose();
});

describe('a cell and its graph', () => {
  it('are in step when nobody changed anything, and nobody is asked again', async () => {
    expect(link.state.kind).toBe('in-step');
    api.read.mockClear();
    await link.sync();
    expect(api.read).not.toHaveBeenCalled();
  });

  it('follow what is typed in the cell, as one undo step', async () => {
    await type('filters = 1');
    await type('filters = 12');
    expect(filtersNow()).toBe(12);
    store.undo();
    expect(filtersNow()).toBe(6);
  });

  it('follow a change in the graph, and the author’s own lines stay', async () => {
    await type('filters = 6\n# mine');
    store.dispatch([filters(9)], 'Set filters');
    await link.sync();
    expect(cell.source).toBe('filters = 9\n# mine');
    expect(cell.hash).toBe('hash of filters = 9');
  });

  it('do not ask for places on the canvas', async () => {
    api.merge.mockClear();
    store.dispatch([{ op: 'moveNode', id: 'conv_1', x: 5, y: 5 }], 'Move');
    await link.sync();
    expect(api.merge).not.toHaveBeenCalled();
  });

  it('wait at a syntax error and lose nothing', async () => {
    await type('filters =');
    expect(link.state).toMatchObject({
      waits: 'graph',
      message: expect.stringMatching(/syntax error in line 1; the graph waits/) as string
    });
    expect(filtersNow()).toBe(6);
    await type('filters = 7');
    expect(link.state.kind).toBe('in-step');
    expect(filtersNow()).toBe(7);
  });

  it('wait at an error of the graph, and the cell stays as it is', async () => {
    store.dispatch([filters(0)], 'Set filters');
    await link.sync();
    expect(link.state).toMatchObject({ kind: 'waiting', waits: 'cell' });
    expect(cell.source).toBe('filters = 6');
    store.undo();
    await link.sync();
    expect(link.state.kind).toBe('in-step');
  });

  it('wait at a line that the graph cannot show, until a person takes it as it is', async () => {
    await type('filters = 8\nweird');
    expect(link.state).toMatchObject({ message: 'The graph cannot show line 2 and waits.' });
    expect(filtersNow()).toBe(6);
    await link.keepCode();
    expect(filtersNow()).toBe(8);
    await type('filters = 10\nweird');
    expect(filtersNow()).toBe(10);
  });

  it('say when a call fails, and try again at the next change', async () => {
    api.read.mockRejectedValueOnce(new Error('no kernel'));
    await type('filters = 7');
    expect(link.state).toMatchObject({ kind: 'waiting', detail: 'no kernel' });
    await type('filters = 8');
    expect(filtersNow()).toBe(8);
  });
});

describe('a conflict', () => {
  beforeEach(async () => {
    store.dispatch([filters(9)], 'Set filters');
    await type('filters = 20\n# mine');
  });

  it('is asked about, and neither side is touched', () => {
    expect(link.state.kind).toBe('conflict');
    expect(cell.source).toBe('filters = 20\n# mine');
    expect(filtersNow()).toBe(9);
  });

  it('ends with the code', async () => {
    await link.keepCode();
    expect(filtersNow()).toBe(20);
    expect(link.state.kind).toBe('in-step');
  });

  it('ends with the graph, and the author’s other lines stay', async () => {
    await link.keepGraph();
    expect(cell.source).toBe('filters = 9\n# mine');
    expect(filtersNow()).toBe(9);
    expect(link.state.kind).toBe('in-step');
  });

  it('ends when one side is changed to what the other says', async () => {
    await type('filters = 9\n# mine');
    expect(link.state.kind).toBe('in-step');
  });
});

describe('after a reload', () => {
  beforeEach(() => {
    link.dispose();
    memory.inStep = undefined;
  });

  it('the graph takes what was edited in the cell meanwhile', async () => {
    cell.source = 'filters = 11';
    begin();
    await link.sync();
    expect(filtersNow()).toBe(11);
  });

  it('a cell that nobody touched takes what was changed in the graph', async () => {
    store.dispatch([filters(4)], 'Set filters');
    begin();
    await link.sync();
    expect(cell.source).toBe('filters = 4');
  });

  it('a person is asked where both were changed', async () => {
    store.dispatch([filters(4)], 'Set filters');
    cell.source = 'filters = 11';
    begin();
    await link.sync();
    expect(link.state).toMatchObject({ kind: 'conflict', conflict: { graph: 'filters = 4', merged: undefined } });
    await link.keepGraph();
    expect(cell.source).toBe('filters = 4');
  });
});

describe('the lines', () => {
  it('of a selected node are marked', () => {
    link.mark(['conv_1']);
    expect(cell.marked).toEqual([[1, 1]]);
  });

  it('tell the node of the cursor; of a block’s inside it is the use', () => {
    listener.onCursor(1);
    listener.onCursor(3);
    listener.onCursor(99);
    expect(nodes).toEqual(['conv_1', 'use_1']);
  });

  it('are not marked any more when the view is closed, and others may have the cell', () => {
    link.mark(['conv_1']);
    link.dispose();
    expect(cell.marked).toEqual([]);
    expect(cell.isReleased).toBe(true);
  });

  it('a cell that is deleted ends the link', async () => {
    cell.source = undefined;
    await link.sync();
    expect(states.at(-1)).toBe('none');
    expect(link.isLinked).toBe(false);
  });
});
