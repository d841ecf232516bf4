/** What the plugins offer to each other and to other extensions. */
import { Token } from '@lumino/coreutils';
import type { PatholearnApi } from './api';

export const IPatholearnApi = new Token<PatholearnApi>(
  '@patholearn/lab:IPatholearnApi',
  'Data sets, architectures, jobs and models of the PathoLearn Lab server.'
);
