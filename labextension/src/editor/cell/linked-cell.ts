/** The notebook cell of a graph, as a host hands it out. One view holds it at a time. */

/** The first and the last line, from 1. */
export type LineRange = readonly [number, number];

export interface LinkListener {
  /** The source changed, or the cell is gone. */
  onChange: () => void;
  /** The cursor came into a line (from 1). */
  onCursor: (line: number) => void;
}

export interface LinkedCell {
  /** Undefined once the notebook has no such cell any more. */
  readonly source: string | undefined;
  /** The hash of the code that the graph was written as when both were last in step. */
  readonly hash: string;
  /** Whether nobody changed the cell since it was written. */
  isUntouched(): Promise<boolean>;
  /** Puts code in, as one undo step of the cell; only what differs is touched. */
  write(code: string): void;
  /** Remembers that the cell is in step with the graph that is written with this hash. */
  keepHash(hash: string): void;
  /** Marks lines, in place of those that were marked before. */
  mark(ranges: readonly LineRange[]): void;
  /** Scrolls the cell into view. */
  reveal(line?: number): void;
  /** Lets other views have the cell. */
  release(): void;
}
