/** The issues as the list under the canvas shows them: what many nodes have in common is told once. */
import type { Issue, Mend } from '../generated';

/** Names beyond these would make the row longer than the canvas is wide. */
const MOST_NAMES = 3;
const ORDER = ['error', 'warning', 'advice'] as const;

export interface IssueRow {
  code: string;
  severity: Issue['severity'];
  message: string;
  /** What the row is about; an edge only where it is about no node. */
  nodes: readonly string[];
  edge: string | null;
  mend: Mend | null;
}

/** The rows, errors first. `nameOf` tells what people call a node. */
export function issueRows(issues: readonly Issue[], nameOf: (node: string) => string): IssueRow[] {
  const loose = issues.filter(isLoose);
  const alone = loose.length > 1 ? issues.filter(issue => !isLoose(issue)) : issues;
  const rows = alone.map(rowOf);
  if (loose.length > 1) {
    rows.push(looseRow(loose, nameOf));
  }
  return ORDER.flatMap(severity => rows.filter(row => row.severity === severity));
}

function rowOf({ code, severity, message, node, edge, mend }: Issue): IssueRow {
  return { code, severity, message, nodes: node === null ? [] : [node], edge: node === null ? edge : null, mend };
}

type LooseIssue = Issue & { node: string; mend: Mend };

/** A layer that waits to be connected. A metric that measures nothing has the same code, and another way out. */
function isLoose(issue: Issue): issue is LooseIssue {
  return (
    issue.code === 'leads_nowhere' &&
    issue.node !== null &&
    issue.mend !== null &&
    issue.mend.operations.every(operation => operation.op === 'removeNode')
  );
}

function looseRow(issues: readonly LooseIssue[], nameOf: (node: string) => string): IssueRow {
  const nodes = issues.map(issue => issue.node);
  const names = nodes.map(nameOf);
  const shown = names.length > MOST_NAMES ? `${names.slice(0, MOST_NAMES).join(', ')}, …` : `${listed(names)}.`;
  return {
    code: 'leads_nowhere',
    severity: 'warning',
    message: `${nodes.length} layers do not lead to the output yet: ${shown} Connect them, or remove them.`,
    nodes,
    edge: null,
    mend: {
      label: names.length === 2 ? `Remove ${listed(names)}` : `Remove all ${names.length}`,
      operations: issues.flatMap(issue => issue.mend.operations)
    }
  };
}

/** "a, b and c". */
function listed(names: readonly string[]): string {
  return `${names.slice(0, -1).join(', ')} and ${names.at(-1)}`;
}
