/** From the graph to the cell in the notebook. */
import { errorText, type ArchitecturesApi } from '../api';
import type { GraphDocument, Mend } from '../generated';
import { plural } from './format';
import { askHost, type EmitCellDetail } from './host-events';

export type Outcome =
  | { kind: 'written' }
  /** No notebook answered. */
  | { kind: 'nowhere'; code: string }
  | { kind: 'refused'; message: string; mend: Mend | null };

/** Has the cell written by the host around `target`; says what to mend where there is no code yet. */
export async function writeCode(
  target: HTMLElement,
  architectures: ArchitecturesApi,
  document: GraphDocument
): Promise<Outcome> {
  try {
    const { issues } = await architectures.check(document);
    const errors = issues.filter(issue => issue.severity === 'error');
    const [first] = errors;
    if (first) {
      const more = errors.length > 1 ? ` (and ${plural(errors.length - 1, 'more error')}, listed below)` : '';
      const message = `There is no code yet, because the network has an error: ${first.message}${more}`;
      return { kind: 'refused', message, mend: first.mend };
    }
    const cell = await architectures.emit(document);
    const detail: EmitCellDetail = { graph: document.meta.id, code: cell.code, hash: cell.hash };
    if (!askHost(target, 'patholearn:emit-cell', detail)) {
      return { kind: 'nowhere', code: cell.code };
    }
    await detail.result;
    return { kind: 'written' };
  } catch (reason) {
    const { message, hint } = errorText(reason);
    return { kind: 'refused', message: `${message} ${hint}`.trim(), mend: null };
  }
}
