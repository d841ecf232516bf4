// Builds every src/widgets/*.ts into ../patholearn_lab/widgets/static/<name>.js and, where it imports styles, <name>.css.
import { mkdir, readdir } from 'node:fs/promises';
import { basename, extname } from 'node:path';
import { build, context } from 'esbuild';
import { unusedParts } from './unused-parts.mjs';

const here = import.meta.dirname;
const entries = (await readdir(`${here}/src/widgets`)).filter(file => ['.ts', '.tsx'].includes(extname(file)));
const outdir = `${here}/../patholearn_lab/widgets/static`;
await mkdir(outdir, { recursive: true });

const options = {
  entryPoints: Object.fromEntries(entries.map(file => [basename(file, extname(file)), `${here}/src/widgets/${file}`])),
  outdir,
  bundle: true,
  format: 'esm',
  target: 'es2022',
  minify: true,
  jsx: 'automatic',
  legalComments: 'none',
  // Signs of formulas as they are, not as escapes of twice the length.
  charset: 'utf8',
  plugins: [unusedParts],
  // Without it, React bundles its development build.
  define: { 'process.env.NODE_ENV': '"production"' },
  logLevel: 'info'
};

if (process.argv.includes('--watch')) {
  await (await context({ ...options, sourcemap: 'inline', minify: false })).watch();
} else {
  await build(options);
}
