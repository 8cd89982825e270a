import { describe, expect, test } from '@jest/globals';
import { Pace } from '../../src/engines/redis/pace.js';

describe('the next read of what an application changes', () => {
  test('is at once after a quiet time, and gathers for a moment after a read', () => {
    const pace = new Pace();
    expect(pace.isDue(1, 1000)).toBe(true);
    pace.reported = 10;
    pace.rest(10, 5, 1000, 1001);
    expect([pace.isDue(5, 1002), pace.isDue(5, 1005), pace.restMs(1010)]).toEqual([false, true, 0]);
  });

  test('is not put off while many keys wait that can be read', () => {
    const pace = new Pace();
    pace.reported = 100;
    pace.rest(512, 5000, 1000, 1005);
    expect(pace.isDue(5000, 1005)).toBe(true);
  });

  test('waits for a multiple of what the last one took while the application is faster, and no longer', () => {
    const pace = new Pace();
    pace.reported = 2000;
    pace.rest(512, 5000, 1000, 1005);
    expect([pace.isDue(5000, 1019), pace.isDue(5000, 1020)]).toEqual([false, true]);
    pace.rest(512, 5000, 1000, 2000);
    expect(pace.restMs(2000)).toBe(50);
    pace.reported = 0;
    pace.rest(512, 4500, 2050, 2055);
    expect(pace.isDue(4500, 2055)).toBe(true);
  });
});
