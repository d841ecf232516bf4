// Writes schema/editor-commands.json: the main menu of JupyterLab, made of the table of actions in src/editor/actions.ts.
import { Buffer } from 'node:buffer';
import { mkdir, writeFile } from 'node:fs/promises';
import { build } from 'esbuild';
import prettier from 'prettier';

const here = import.meta.dirname;
const { outputFiles } = await build({
  entryPoints: [`${here}/src/features/architecture/menu-schema.ts`],
  bundle: true,
  format: 'esm',
  write: false
});
const code = Buffer.from(outputFiles[0].contents).toString('base64');
const { menuSchema } = await import(`data:text/javascript;base64,${code}`);
const file = `${here}/schema/editor-commands.json`;
await mkdir(`${here}/schema`, { recursive: true });
const options = await prettier.resolveConfig(file);
await writeFile(file, await prettier.format(JSON.stringify(menuSchema()), { ...options, parser: 'json' }));
