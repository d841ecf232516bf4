/** Asks for shapes and issues soon after each change; answers that come too late are dropped. */
import { errorText } from '../api';
import type { CheckResult, GraphDocument } from '../generated';

const DELAY_MS = 30;

export interface CheckerOptions {
  check: (document: GraphDocument) => Promise<CheckResult>;
  onResult: (result: CheckResult) => void;
  onFailure: (failure: { message: string; hint: string }) => void;
}

export class Checker {
  private timer: ReturnType<typeof setTimeout> | undefined;
  private asked = 0;
  private lastFacts: string | undefined;

  constructor(private readonly options: CheckerOptions) {}

  /** Checks the document soon, if anything changed that the check depends on. */
  request(document: GraphDocument): void {
    const facts = factsOf(document);
    if (facts === this.lastFacts) {
      return;
    }
    this.lastFacts = facts;
    const ticket = ++this.asked;
    clearTimeout(this.timer);
    this.timer = setTimeout(() => {
      void this.run(document, ticket);
    }, DELAY_MS);
  }

  dispose(): void {
    clearTimeout(this.timer);
    this.asked += 1;
  }

  private async run(document: GraphDocument, ticket: number): Promise<void> {
    try {
      const result = await this.options.check(document);
      if (ticket === this.asked) {
        this.options.onResult(result);
      }
    } catch (reason) {
      if (ticket === this.asked) {
        this.lastFacts = undefined;
        this.options.onFailure(errorText(reason));
      }
    }
  }
}

/** What the answer depends on. Places count because a mend that inserts a node names them. */
function factsOf(document: GraphDocument): string {
  return JSON.stringify([document.nodes, document.edges, document.blocks]);
}
