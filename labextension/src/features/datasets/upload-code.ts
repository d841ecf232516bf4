import type { ImportChoices } from '../../api';

/** The cell that does what the wizard does. */
export function uploadCode(fileName: string, id: string, { split, ...said }: ImportChoices): string {
  const given = Object.entries(said).map(([key, value]) => `${key}=${JSON.stringify(value)}`);
  const shares = split
    ? [`split={"valid": ${String(split.valid)}, "test": ${String(split.test)}, "seed": ${String(split.seed)}}`]
    : [];
  const lines = [JSON.stringify(fileName), JSON.stringify(id), ...given, ...shares].map(line => `    ${line},`);
  return ['import patholearn_lab as lab', '', 'lab.connect().datasets.upload(', ...lines, ')'].join('\n');
}
