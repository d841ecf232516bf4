// Written by `patholearn schema export`. Do not edit.

import type { ParamValue } from './document';

export type Category =
  | 'Data'
  | 'Layers'
  | 'Pooling'
  | 'Normalization'
  | 'Activations'
  | 'Shape'
  | 'Merging'
  | 'Sequences'
  | 'Blocks'
  | 'Networks'
  | 'Own'
  | 'Output';

export type ParamType =
  | 'int'
  | 'float'
  | 'bool'
  | 'choice'
  | 'text'
  | 'code'
  | 'dataset'
  | 'size'
  | 'ints';

export type PortType = 'image' | 'sequence' | 'vector' | 'scores';

/** The whole catalogue as it travels to the browser. */
export interface Catalog {
  schemaVersion: number;
  categories: Category[];
  kinds: Record<string, KindCard>;
}

/** What the editor knows about a kind. */
export interface KindCard {
  kind: string;
  label: string;
  category: Category;
  summary: string;
  stem: string;
  unique: boolean;
  basic: boolean;
  first_plain: boolean;
  inputs: Port[];
  outputs: Port[];
  params: Param[];
  help: string;
  torch: string;
}

/** One setting of a kind. A `default` of null means that it may be left empty; `help` says what that does. */
export interface Param {
  name: string;
  type: ParamType;
  default: ParamValue;
  label: string;
  help: string;
  minimum: number | null;
  maximum: number | null;
  choices: string[];
  unit: string;
  basic: boolean;
  suggestions: string;
}

/** Where an edge begins or ends. */
export interface Port {
  name: string;
  label: string;
  types: PortType[];
  same_as: string | null;
  many: boolean;
}
