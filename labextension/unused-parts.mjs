// Leaves out of the widget's bundle the parts of cytoscape that the editor never calls; a quarter of that library.
// What a cut no longer reaches (shaders, ten clustering algorithms, physics) esbuild then drops by itself.
import { readFile } from 'node:fs/promises';

const CUTS = [
  // Algorithms on graphs. The first of the list is the breadth-first search, which cytoscape itself uses.
  [/^\[(elesfn\$\w+), (?:[\w$]+, )+tarjan[\w$]+\]/m, '[$1]'],
  // Assignments to algorithms that are gone.
  [/^elesfn\$\w+\.(?:dc|dcn|cc|ccn|bc) = .*;$/gm, ''],
  // Layouts: the document has the places of its nodes.
  [/^var layout = \[[\s\S]*?^\}\];/m, "var layout = [{ name: 'preset', impl: PresetLayout }];"],
  [/^(?:BreadthFirst|Circle|Concentric|Cose|Grid|Null|Random)Layout\.prototype\.\w+ = function [\s\S]*?^\};/gm, ''],
  // Drawing by WebGL, which is off.
  [/^(CRp\$\d+)\.initWebgl = function [\s\S]*?^\};/m, '']
];

export const unusedParts = {
  name: 'unused-parts',
  setup({ onLoad }) {
    onLoad({ filter: /cytoscape\.esm\.mjs$/ }, async ({ path }) => {
      let contents = await readFile(path, 'utf8');
      for (const [part, instead] of CUTS) {
        if (contents.search(part) < 0) throw new Error(`${path} has changed: it has no ${part}.`);
        contents = contents.replace(part, instead);
      }
      return { contents };
    });
  }
};
