/** The cases that Python and TypeScript must agree on, and the catalogue. */
import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import type { Catalog, GraphDocument } from '../../src/generated';
import catalogJson from '../../src/generated/catalog.json';

export const catalog = catalogJson as unknown as Catalog;

export function golden<T>(name: string): T {
  return JSON.parse(readFileSync(resolve(__dirname, '../../../tests/golden', name), 'utf8')) as T;
}

export const lenet = (): GraphDocument => golden('documents/lenet5.arch.json');
