import type { ImportChoices } from '../../api';
import { python } from './curation/change-code';

/** The cell that does what the wizard does. */
export function uploadCode(fileName: string, id: string, { split, table, ...said }: ImportChoices): string {
  const given = Object.entries(said).map(([key, value]) => `${key}=${JSON.stringify(value)}`);
  const shares = split
    ? [`split={"valid": ${String(split.valid)}, "test": ${String(split.test)}, "seed": ${String(split.seed)}}`]
    : [];
  const columns = table ? [`table=${python(table)}`] : [];
  const lines = [JSON.stringify(fileName), JSON.stringify(id), ...given, ...shares, ...columns].map(
    line => `    ${line},`
  );
  return ['import patholearn_lab as lab', '', 'lab.connect().datasets.upload(', ...lines, ')'].join('\n');
}
