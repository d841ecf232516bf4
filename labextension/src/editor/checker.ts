/** Asks for shapes and issues after each change: one question at a time, and what comes meanwhile in the next one. */
import { errorText } from '../api';
import type { CheckResult, GraphDocument } from '../generated';

/** What others do is asked about twice a second at most: each of them asks about it too. */
const OTHERS_MS = 500;

export interface CheckerOptions {
  check: (document: GraphDocument) => Promise<CheckResult>;
  onResult: (result: CheckResult) => void;
  onFailure: (failure: { message: string; hint: string }) => void;
}

export class Checker {
  private timer: ReturnType<typeof setTimeout> | undefined;
  /** The newest document that was not asked about yet. */
  private waiting: GraphDocument | undefined;
  private isUrgent = false;
  private isAsking = false;
  private isEnded = false;
  private lastFacts: string | undefined;

  constructor(private readonly options: CheckerOptions) {}

  /** Checks the document, if anything changed that the check depends on: at once where the change was made here. */
  request(document: GraphDocument, isMine = true): void {
    const facts = factsOf(document);
    if (facts === this.lastFacts) {
      return;
    }
    this.lastFacts = facts;
    this.waiting = document;
    if (isMine && !this.isUrgent) {
      this.isUrgent = true;
      this.stop();
    }
    // Not within the change: one gesture may make several.
    this.timer ??= setTimeout(this.ask, isMine ? 0 : OTHERS_MS);
  }

  dispose(): void {
    this.stop();
    this.isEnded = true;
  }

  private stop(): void {
    clearTimeout(this.timer);
    this.timer = undefined;
  }

  private readonly ask = (): void => {
    this.timer = undefined;
    const { waiting } = this;
    if (!waiting || this.isAsking) {
      return; // The answer that is on its way asks again.
    }
    this.waiting = undefined;
    this.isUrgent = false;
    this.isAsking = true;
    void this.answer(waiting);
  };

  private async answer(document: GraphDocument): Promise<void> {
    try {
      const result = await this.options.check(document);
      // What changed meanwhile is asked about next; this answer is still newer than what is shown.
      if (!this.isEnded) {
        this.options.onResult(result);
      }
    } catch (reason) {
      this.lastFacts = undefined;
      if (!this.isEnded) {
        this.options.onFailure(errorText(reason));
      }
    }
    this.isAsking = false;
    if (this.timer === undefined && !this.isEnded) {
      this.ask();
    }
  }
}

/** What the answer depends on. Places count because a mend that inserts a node names them. */
function factsOf(document: GraphDocument): string {
  return JSON.stringify([document.nodes, document.edges, document.blocks]);
}
