import { apiPlugin } from './features/api/lab/plugin';
import { documentPlugin } from './features/architecture/lab/document-plugin';
import { editorCommands } from './features/architecture/lab/editor-commands';
import { cellPlugin } from './features/architecture/lab/plugin';
import { clusterPlugin } from './features/cluster/lab/plugin';
import { datasetsPlugin } from './features/datasets/lab/plugin';
import { endingPlugin, runsPlugin } from './features/runs/lab/plugin';
import { runPlugin } from './features/training/lab/plugin';
import { versionsPlugin } from './features/versions/lab/plugin';

export default [
  apiPlugin,
  cellPlugin,
  documentPlugin,
  editorCommands,
  datasetsPlugin,
  runsPlugin,
  runPlugin,
  endingPlugin,
  versionsPlugin,
  clusterPlugin
];
