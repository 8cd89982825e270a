import { existsSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { transformSync } from '@swc/core';

const ROOT = new URL('../../', import.meta.url).href;
const OPTIONS = { jsc: { target: 'es2023', parser: { syntax: 'typescript' } }, module: { type: 'es6' } };

/** Tests are compiled as they are loaded; what they import from src/ is the build, since that is what is measured. */
export function resolve(specifier, context, next) {
  const { parentURL } = context;
  if (!specifier.startsWith('.') || !parentURL?.startsWith(`${ROOT}test/`)) return next(specifier, context);
  const { href } = new URL(specifier, parentURL);
  if (href.startsWith(`${ROOT}src/`)) return next(href.replace(`${ROOT}src/`, `${ROOT}dist/`), context);
  const source = href.replace(/\.js$/, '.ts');
  const isSource = source !== href && existsSync(new URL(source));
  return isSource ? { url: source, format: 'module', shortCircuit: true } : next(specifier, context);
}

export function load(url, context, next) {
  if (!url.endsWith('.ts')) return next(url, context);
  const filename = fileURLToPath(url);
  const { code } = transformSync(readFileSync(filename, 'utf8'), { ...OPTIONS, filename });
  return { format: 'module', source: code, shortCircuit: true };
}
