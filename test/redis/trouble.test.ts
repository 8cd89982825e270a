import { expect, test } from '@jest/globals';
import { redialMs, Trouble } from '../../src/engines/redis/trouble.js';

test('what goes wrong is tried again ever later, up to five seconds; where nobody listens, within half a second', () => {
  const trouble = new Trouble(() => {}, 'well again');
  const waits = Array.from({ length: 8 }, () => trouble.note('no'));
  expect(waits).toEqual([100, 200, 400, 800, 1600, 3200, 5000, 5000]);
  const refused = Object.assign(new Error('connect ECONNREFUSED'), { code: 'ECONNREFUSED' });
  expect(waits.map((ms) => redialMs(refused, ms))).toEqual([100, 200, 400, 500, 500, 500, 500, 500]);
  expect(redialMs(new Error('WRONGPASS'), 5000)).toBe(5000);
  trouble.wentWell();
  expect(trouble.note('no')).toBe(100);
});
