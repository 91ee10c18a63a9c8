/** The recipes, whole, as the guide shows them: the tests import the same files. */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { ROOT } from '../architecture/tree.ts';

const FOLDER = 'docs/recipes';

/** Their names: those of their files. */
export const RECIPES: readonly string[] = readdirSync(join(ROOT, FOLDER))
  .map((file) => file.replace('.ts', ''))
  .sort();

/** Blocks of the documentation by name. */
export function recipeBlocks(): [name: string, block: string][] {
  return RECIPES.map((name) => {
    const code = readFileSync(join(ROOT, FOLDER, `${name}.ts`), 'utf8');
    return [`recipe-${name}`, `<!-- snippet: recipe-${name} -->\n\`\`\`ts\n${code}\`\`\``];
  });
}
