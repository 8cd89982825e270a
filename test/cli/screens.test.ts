import { describe, expect, test } from '@jest/globals';
import { GALLERY } from './gallery.js';

const SCREENS = /^(split-brain|entry inspect)/;

/** What an operator sees of a split-brain, as text: a change of it is seen in the change of this file's snapshots. */
describe.each(Object.entries(GALLERY).filter(([name]) => SCREENS.test(name)))('at 80 columns, %s', (_name, view) => {
  test('without colour', () => {
    expect(`\n${view({ width: 80, color: false })}\n`).toMatchSnapshot();
  });
  test('with colour', () => {
    expect(`\n${view({ width: 80, color: true }).replaceAll('\u001b', '␛')}\n`).toMatchSnapshot();
  });
});
