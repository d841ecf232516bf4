/** What a check of the whole graph says about the inside of a block. */
import type { CheckResult, Issue } from '../generated';

/** Facts of inner nodes have keys such as `residual_1/conv_2`; issues inside are shown at the use, with a path. */
export function checkInside(check: CheckResult | undefined, path: readonly string[]): CheckResult | undefined {
  const [use, ...further] = path;
  if (!check || use === undefined) {
    return check;
  }
  const prefix = `${path.join('/')}/`;
  const nodes = Object.entries(check.nodes).flatMap(([key, facts]) =>
    key.startsWith(prefix) && !key.slice(prefix.length).includes('/')
      ? [[key.slice(prefix.length), facts] as const]
      : []
  );
  const issues = check.issues.flatMap((issue): Issue[] => {
    const [node, ...inside] = issue.path.slice(further.length);
    const isHere =
      issue.node === use && node !== undefined && further.every((step, index) => issue.path[index] === step);
    return isHere ? [{ ...issue, node, path: inside, edge: null }] : [];
  });
  return { ...check, nodes: Object.fromEntries(nodes), issues };
}
