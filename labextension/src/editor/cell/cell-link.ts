/**
 * Keeps the graph and its notebook cell in step. What changed on one side goes to the other; what changed on both is
 * merged, and where that cannot be, a person is asked. Nothing is lost: a side that cannot follow waits.
 */
import { ApiError, errorText, type ArchitecturesApi } from '../../api';
import type { CodeIssue, GraphDocument, Merged } from '../../generated';
import { type EditableGraph, saysTheSame } from '../../graph';
import type { LinkedCell, LinkListener } from './linked-cell';
import { linesOf, nodeAt, type SourceMap } from './source-map';

/** How long after the last keystroke the graph follows. */
const PAUSE_MS = 150;
/** Edits of the code that follow each other this closely are one undo step of the graph. */
const ONE_STEP_MS = 2000;
const LABEL = 'Edit the code';
const NO_LINES: SourceMap = { lines: {}, uses: {} };

/** Where both sides last said the same. It outlives the views. */
export interface InStep {
  document: GraphDocument;
  code: string;
  /** The last such document that could be written as code; undefined where none could. */
  written: GraphDocument | undefined;
  /** What of the code the graph cannot show, and a person takes as it is. */
  accepted?: readonly string[];
}

export interface CellConflict {
  /** The cell as it is, and what the graph would write. */
  cell: string;
  graph: string;
  /** The cell with all that could be merged; undefined where nothing is known about what both had in common. */
  merged: Merged | undefined;
}

export type LinkState =
  | { kind: 'none' }
  | { kind: 'in-step'; issues: CodeIssue[] }
  | { kind: 'waiting'; waits: 'graph' | 'cell'; message: string; detail: string; issues: CodeIssue[] }
  | { kind: 'conflict'; conflict: CellConflict };

export interface CellLinkOptions {
  store: EditableGraph;
  architectures: Pick<ArchitecturesApi, 'emit' | 'read' | 'merge'>;
  /** Remembers where both were in step, beyond the view. */
  memory: { inStep: InStep | undefined };
  find: (listener: LinkListener) => LinkedCell | undefined;
  onState: (state: LinkState) => void;
  /** The cursor came to the lines of a node. */
  onNode: (node: string) => void;
  pauseMs?: number;
}

export class CellLink {
  state: LinkState = { kind: 'none' };
  private cell: LinkedCell | undefined;
  private map = NO_LINES;
  private marked: Iterable<string> = [];
  private timer: ReturnType<typeof setTimeout> | undefined;
  private running: Promise<void> | undefined;
  private wanted = 0;
  private lastEdit = -Infinity;
  private readonly unsubscribe: () => void;

  constructor(private readonly options: CellLinkOptions) {
    this.unsubscribe = options.store.subscribe(this.request);
    this.request();
  }

  /** Whether there is a cell. */
  get isLinked(): boolean {
    return this.cell?.source !== undefined;
  }

  /** Brings both sides into step now. */
  sync(): Promise<void> {
    clearTimeout(this.timer);
    this.wanted += 1;
    this.running ??= this.rounds().finally(() => {
      this.running = undefined;
    });
    return this.running;
  }

  /** Marks the lines of nodes in the cell. */
  mark(nodes: Iterable<string>): void {
    this.marked = nodes;
    this.cell?.mark(linesOf(this.map, nodes));
  }

  /** Shows the cell, or a line of it. */
  reveal(line?: number): void {
    this.cell?.reveal(line);
  }

  /** Ends a conflict, or a wait for code that the graph cannot show: what the cell says goes into the graph. */
  readonly keepCode = this.guarded(async () => {
    const { cell } = this;
    const { store } = this.options;
    const conflict = this.state.kind === 'conflict' ? this.state.conflict : undefined;
    const code = conflict?.merged?.code ?? cell?.source;
    if (!cell || code === undefined || (conflict && conflict.cell !== cell.source)) {
      return this.sync();
    }
    const { document } = store;
    const source = cell.source;
    const read = await this.options.architectures.read(code, document);
    if (cell.source !== source || store.document !== document) {
      return this.sync();
    }
    if (syntaxErrorOf(read.issues)) {
      this.waitForCode(read.issues);
      return;
    }
    this.settle(cell, code, read.operations, read, errorsOf(read.issues));
    await this.keepHash(cell);
  });

  /** Ends a conflict: the cell becomes what the graph says, with the author's other lines where that works. */
  readonly keepGraph = this.guarded(async () => {
    const { cell } = this;
    if (!cell || this.state.kind !== 'conflict' || this.state.conflict.cell !== cell.source) {
      return this.sync();
    }
    const { graph, merged } = this.state.conflict;
    const { document } = this.options.store;
    let code = graph;
    if (merged) {
      const patched = merged.conflicts.reduce(
        (text, { yours, graph: its }) => replaceOnce(text, yours, its),
        merged.code
      );
      const read = await this.options.architectures.read(patched, document);
      code = read.complete && read.operations.length === 0 ? patched : graph;
    }
    this.settle(cell, code, [], await this.options.architectures.read(code, document));
    await this.keepHash(cell);
  });

  dispose(): void {
    clearTimeout(this.timer);
    this.wanted = Infinity;
    this.unsubscribe();
    this.cell?.mark([]);
    this.cell?.release();
    this.cell = undefined;
  }

  private readonly request = (): void => {
    clearTimeout(this.timer);
    this.timer = setTimeout(() => {
      void this.sync();
    }, this.options.pauseMs ?? PAUSE_MS);
  };

  private readonly rounds = this.guarded(async () => {
    let taken: number;
    do {
      taken = this.wanted;
      await this.round();
    } while (taken < this.wanted && this.wanted < Infinity);
  });

  /** An answer that does not come must not end the link: it says so, and the next change tries again. */
  private guarded(act: () => Promise<void>): () => Promise<void> {
    return async () => {
      try {
        await act();
      } catch (reason) {
        const { message, hint } = errorText(reason);
        this.wait('graph', 'The link to the cell does not answer.', `${message} ${hint}`.trim(), []);
      }
    };
  }

  private async round(): Promise<void> {
    const cell = this.findCell();
    const source = cell?.source;
    if (!cell || source === undefined) {
      this.map = NO_LINES;
      this.tell({ kind: 'none' });
      return;
    }
    const { store, architectures, memory } = this.options;
    const { document } = store;
    const isCurrent = (): boolean => cell.source === source && store.document === document && this.cell === cell;
    const base = memory.inStep ?? (await this.begin(cell, source, document));
    if (!base || !isCurrent()) {
      return;
    }
    memory.inStep = base;
    const graphChanged = !saysTheSame(base.document, document);
    const cellChanged = source !== base.code;
    if (!graphChanged && !cellChanged && this.map !== NO_LINES && this.state.kind === 'in-step') {
      return;
    }
    const merged = graphChanged ? await this.merge(source, base, document) : { code: source, conflicts: [] };
    if (!merged || !isCurrent()) {
      return;
    }
    if (merged.conflicts.length > 0) {
      await this.disagree(source, document, merged);
      return;
    }
    const read = await architectures.read(merged.code, document);
    if (!isCurrent()) {
      return;
    }
    const accepted = base.accepted ?? [];
    if (cellChanged && !errorsOf(read.issues).every(error => accepted.includes(error))) {
      this.waitForCode(read.issues);
      return;
    }
    this.settle(cell, merged.code, cellChanged ? read.operations : [], read, accepted);
    await this.keepHash(cell);
  }

  /** Where a cell and a graph stand to each other that were apart: the page was reloaded, or the kernel restarted. */
  private async begin(cell: LinkedCell, source: string, document: GraphDocument): Promise<InStep | undefined> {
    const { architectures } = this.options;
    const emitted = await architectures.emit(document).catch(graphErrorOf);
    const isWritten = !(emitted instanceof ApiError);
    if (isWritten && emitted.hash === cell.hash) {
      return { document, code: emitted.code, written: document };
    }
    const read = await architectures.read(source, document);
    if (read.operations.length === 0 && read.complete) {
      return { document, code: source, written: isWritten ? document : undefined };
    }
    if (!isWritten) {
      this.waitForGraph(emitted);
    } else if (await cell.isUntouched()) {
      cell.write(emitted.code);
      return { document, code: emitted.code, written: document };
    } else if (syntaxErrorOf(read.issues)) {
      this.waitForCode(read.issues);
    } else {
      this.tell({ kind: 'conflict', conflict: { cell: source, graph: emitted.code, merged: undefined } });
    }
    return undefined;
  }

  /** The cell with the graph's change; undefined where one side has to be mended first. */
  private async merge(source: string, base: InStep, document: GraphDocument): Promise<Merged | undefined> {
    const { architectures } = this.options;
    if (!base.written) {
      const emitted = await architectures.emit(document).catch(graphErrorOf);
      if (emitted instanceof ApiError) {
        this.waitForGraph(emitted);
        return undefined;
      }
      await this.disagree(source, document, undefined);
      return undefined;
    }
    const merged = await architectures.merge(source, base.written, document).catch(graphErrorOf);
    if (!(merged instanceof ApiError)) {
      return merged;
    }
    if (typeof merged.details['line'] === 'number') {
      this.waitForCode((await architectures.read(source, document)).issues);
    } else {
      this.waitForGraph(merged);
    }
    return undefined;
  }

  private async disagree(cell: string, document: GraphDocument, merged: Merged | undefined): Promise<void> {
    const graph = (await this.options.architectures.emit(document)).code;
    this.tell({ kind: 'conflict', conflict: { cell, graph, merged } });
  }

  /** Both sides get what they lack, and are in step. */
  private settle(
    cell: LinkedCell,
    code: string,
    operations: Parameters<EditableGraph['dispatch']>[0],
    { lines, uses, issues }: SourceMap & { issues: CodeIssue[] },
    accepted: readonly string[] = []
  ): void {
    const { store, memory } = this.options;
    const written = memory.inStep?.written;
    if (performance.now() - this.lastEdit > ONE_STEP_MS) {
      store.history.seal();
    }
    this.lastEdit = performance.now();
    store.dispatch(operations, LABEL, LABEL);
    memory.inStep = { document: store.document, code, written, accepted };
    cell.write(code);
    this.map = { lines, uses };
    cell.mark(linesOf(this.map, this.marked));
    this.tell({ kind: 'in-step', issues });
  }

  /** Remembers what the graph is written as now: after a reload it tells whether the graph has changed since. */
  private async keepHash(cell: LinkedCell): Promise<void> {
    const { architectures, memory, store } = this.options;
    const { document } = store;
    const emitted = await architectures.emit(document).catch(graphErrorOf);
    if (!(emitted instanceof ApiError) && memory.inStep?.document === document && cell.source !== undefined) {
      memory.inStep = { ...memory.inStep, written: document };
      cell.keepHash(emitted.hash);
    }
  }

  private findCell(): LinkedCell | undefined {
    if (this.cell && this.cell.source === undefined) {
      this.cell.release();
      this.cell = undefined;
    }
    this.cell ??= this.options.find({
      onChange: this.request,
      onCursor: line => {
        const node = nodeAt(this.map, line);
        if (node !== undefined && this.state.kind === 'in-step') {
          this.options.onNode(node);
        }
      }
    });
    return this.cell;
  }

  private waitForCode(issues: CodeIssue[]): void {
    const first = syntaxErrorOf(issues) ?? issues.find(issue => issue.severity === 'error');
    const message = !first
      ? 'The graph cannot show the code and waits.'
      : first.code === 'syntax_error'
        ? `The code has a syntax error in line ${first.line}; the graph waits.`
        : `The graph cannot show line ${first.line} and waits.`;
    this.wait('graph', message, first?.message ?? '', issues);
  }

  private waitForGraph({ message, hint }: ApiError): void {
    this.wait('cell', 'The network has an error; its cell waits.', `${message} ${hint}`.trim(), []);
  }

  private wait(waits: 'graph' | 'cell', message: string, detail: string, issues: CodeIssue[]): void {
    this.tell({ kind: 'waiting', waits, message, detail, issues });
  }

  private tell(state: LinkState): void {
    if (this.wanted < Infinity) {
      this.state = state;
      this.options.onState(state);
    }
  }
}

function syntaxErrorOf(issues: readonly CodeIssue[]): CodeIssue | undefined {
  return issues.find(issue => issue.code === 'syntax_error');
}

function errorsOf(issues: readonly CodeIssue[]): string[] {
  return issues.filter(issue => issue.severity === 'error').map(issue => `${issue.code} ${issue.message}`);
}

/** What the server says of a graph or a cell that has errors; everything else goes on upwards. */
function graphErrorOf(reason: unknown): ApiError {
  if (reason instanceof ApiError && reason.code === 'code') {
    return reason;
  }
  throw reason;
}

function replaceOnce(text: string, part: string, by: string): string {
  const place = part === '' ? -1 : text.indexOf(part);
  return place < 0 ? text : text.slice(0, place) + by + text.slice(place + part.length);
}
