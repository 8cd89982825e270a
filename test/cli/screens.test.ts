import { readdirSync, readFileSync } from 'node:fs';
import { describe, expect, test } from '@jest/globals';
import { GALLERY } from './gallery.js';

/** What an operator sees, as text: a change of it is seen in the change of this file's snapshots. */
describe.each(Object.entries(GALLERY))('at 80 columns, %s', (_name, view) => {
  test('without colour', () => {
    expect(`\n${view({ width: 80, color: false })}\n`).toMatchSnapshot();
  });
  test('with colour', () => {
    expect(`\n${view({ width: 80, color: true }).replaceAll('\u001b', '␛')}\n`).toMatchSnapshot();
  });
});

test('every view has a screen', () => {
  const folder = new URL('../../src/cli/views/', import.meta.url);
  const views = readdirSync(folder).flatMap((file) => {
    const text = readFileSync(new URL(file, folder), 'utf8');
    return [...text.matchAll(/^export const (\w+): View</gm)].map(([, name]) => name!);
  });
  const gallery = readFileSync(new URL('./gallery.ts', import.meta.url), 'utf8');
  expect(views.filter((name) => !gallery.includes(`${name}(`))).toEqual([]);
});
