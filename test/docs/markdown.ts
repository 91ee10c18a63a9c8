import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

/** Every Markdown file that users read. */
export function markdownFiles(): string[] {
  const found = readdirSync('docs', { recursive: true, encoding: 'utf8' });
  return [
    'README.md',
    ...found.filter((path) => path.endsWith('.md')).map((path) => join('docs', path)),
  ].sort();
}

/** A marked block of a file: everything between the two markers. */
const BLOCK = /<!-- generated: ([\w-]+) -->\n([\s\S]*?)<!-- \/generated -->/g;

/** The names of the generated blocks in `text`. */
export function blockNames(text: string): string[] {
  return [...text.matchAll(BLOCK)].map((match) => match[1] as string);
}

/** `text` with every generated block as `blocks` has it. */
export function fillBlocks(text: string, blocks: ReadonlyMap<string, string>): string {
  return text.replace(BLOCK, (_, name: string) => {
    const block = blocks.get(name);
    if (block === undefined) throw new Error(`Nothing generates the block "${name}".`);
    return `<!-- generated: ${name} -->\n${block}\n<!-- /generated -->`;
  });
}

/** The code behind `<!-- snippet: NAME -->` in a file. */
export function snippet(path: string, name: string): string {
  const text = readFileSync(path, 'utf8');
  const match = new RegExp(
    `<!-- snippet: ${name.replace('.', '\\.')} -->\\n\`\`\`\\w+\\n([\\s\\S]*?)\`\`\``,
  ).exec(text);
  if (match === null) throw new Error(`${path} has no snippet "${name}".`);
  return match[1] as string;
}

/** The TypeScript snippets of a file: name and ending. */
export function typedSnippets(path: string): [name: string, extension: string][] {
  const text = readFileSync(path, 'utf8');
  return [...text.matchAll(/<!-- snippet: (\S+) -->\n```(tsx?)\n/g)].map((match) => [match[1]!, match[2]!]);
}

/** Targets of the links in `text` that point to files of the project. */
export function localLinks(text: string): string[] {
  const targets = [...text.matchAll(/\]\(([^)\s]+)\)/g)].map((match) => match[1] as string);
  return targets.filter((target) => !/^[a-z]+:|^#/.test(target)).map((target) => target.replace(/#.*$/, ''));
}
