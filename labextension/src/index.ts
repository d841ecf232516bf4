import { apiPlugin } from './features/api/lab/plugin';
import { cellPlugin } from './features/architecture/lab/plugin';
import { runPlugin } from './features/training/lab/plugin';

export default [apiPlugin, cellPlugin, runPlugin];
