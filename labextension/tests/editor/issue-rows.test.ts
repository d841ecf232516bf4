import { describe, expect, it } from 'vitest';
import { issueRows } from '../../src/editor/issue-rows';
import type { Issue } from '../../src/generated';

const nameOf = (node: string): string => node;

function loose(node: string): Issue {
  return {
    code: 'leads_nowhere',
    severity: 'warning',
    message: `${node} does not lead to the output, so it is left out of the network.`,
    node,
    path: [],
    edge: null,
    mend: { label: `Remove ${node}`, operations: [{ op: 'removeNode', id: node }] },
    other_mends: []
  };
}

const error: Issue = {
  code: 'unconnected',
  severity: 'error',
  message: 'output gets nothing.',
  node: 'output',
  path: [],
  edge: null,
  mend: null,
  other_mends: []
};

describe('the rows of the issues', () => {
  it('say everything there is about one layer that leads nowhere', () => {
    const [row] = issueRows([loose('conv_1')], nameOf);
    expect(row?.message).toBe(loose('conv_1').message);
    expect(row?.mend?.label).toBe('Remove conv_1');
  });

  it('name both layers where two lead nowhere', () => {
    const [row, ...others] = issueRows([loose('conv_1'), loose('relu_1')], nameOf);
    expect(others).toEqual([]);
    expect(row?.message).toBe(
      '2 layers do not lead to the output yet: conv_1 and relu_1. Connect them, or remove them.'
    );
    expect(row?.mend?.label).toBe('Remove conv_1 and relu_1');
  });

  it('take many such layers together, below the errors, with one way out', () => {
    const nodes = ['conv_1', 'flatten_1', 'linear_1', 'relu_1'];
    const rows = issueRows([...nodes.map(loose), error], nameOf);
    expect(rows.map(row => row.severity)).toEqual(['error', 'warning']);
    expect(rows[1]).toMatchObject({ code: 'leads_nowhere', nodes });
    expect(rows[1]?.message).toContain(
      '4 layers do not lead to the output yet: conv_1, flatten_1, linear_1, … Connect'
    );
    expect(rows[1]?.mend).toEqual({
      label: 'Remove all 4',
      operations: nodes.map(id => ({ op: 'removeNode', id }))
    });
  });

  it('keep a metric that measures nothing apart: it is not to be removed but connected', () => {
    const metric: Issue = { ...loose('metric_1'), mend: { label: 'Connect it with the output', operations: [] } };
    metric.mend?.operations.push({
      op: 'addEdge',
      id: 'e1',
      edge: { from: 'output', fromPort: 'scores', to: 'metric_1', toPort: 'scores' }
    });
    const rows = issueRows([loose('conv_1'), metric, loose('conv_2')], nameOf);
    expect(rows.map(row => row.mend?.label).sort()).toEqual(['Connect it with the output', 'Remove conv_1 and conv_2']);
  });
});
