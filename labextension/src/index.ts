import { apiPlugin } from './features/api/lab/plugin';
import { cellPlugin } from './features/architecture/lab/plugin';

export default [apiPlugin, cellPlugin];
