import { existsSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { transformSync } from '@swc/core';

const ROOT = new URL('../../', import.meta.url).href;
const OPTIONS = { jsc: { target: 'es2023', parser: { syntax: 'typescript' } }, module: { type: 'es6' } };

/** Sources are compiled as they are loaded. */
export function resolve(specifier, context, next) {
  const { parentURL } = context;
  if (!specifier.startsWith('.') || !isOurs(parentURL)) return next(specifier, context);
  const source = new URL(specifier, parentURL).href.replace(/\.js$/, '.ts');
  const isSource = source.endsWith('.ts') && existsSync(new URL(source));
  return isSource ? { url: source, format: 'module', shortCircuit: true } : next(specifier, context);
}

export function load(url, context, next) {
  if (!url.endsWith('.ts')) return next(url, context);
  const filename = fileURLToPath(url);
  const { code } = transformSync(readFileSync(filename, 'utf8'), { ...OPTIONS, filename });
  return { format: 'module', source: code, shortCircuit: true };
}

function isOurs(url) {
  return url !== undefined && (url.startsWith(`${ROOT}test/`) || url.startsWith(`${ROOT}src/`));
}
