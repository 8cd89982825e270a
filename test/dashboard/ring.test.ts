import { expect, test } from '@jest/globals';
import { NAME_ROOM, ringIn, shortName } from '../../src/page/ring.js';

const names = Array.from({ length: 25 }, (_, i) => `eu-west-rack-${i + 1}`);

test.each([
  { width: 336, height: 430 },
  { width: 1160, height: 590 },
])('25 members in $width pixels: no circle or name covers another, and none leaves its frame', (size) => {
  const places = [...ringIn(names, { x: 0, y: 0, ...size }).values()];
  const letter = 14;
  for (const [i, one] of places.entries()) {
    const away = (one.outward! * Math.PI) / 180;
    const end = { x: one.x + Math.cos(away) * NAME_ROOM, y: one.y + Math.sin(away) * NAME_ROOM };
    for (const [at, most] of [
      [one.x, size.width],
      [end.x, size.width],
      [one.y, size.height],
      [end.y, size.height],
    ] as const) {
      expect(at).toBeGreaterThanOrEqual(0);
      expect(at).toBeLessThanOrEqual(most);
    }
    for (const other of places.slice(i + 1)) {
      const apart = Math.hypot(one.x - other.x, one.y - other.y);
      expect(apart).toBeGreaterThanOrEqual(Math.max(2 * one.radius, letter));
    }
    expect(one.radius).toBeGreaterThanOrEqual(6);
  }
});

test('long names that begin alike are told apart', () => {
  expect(new Set(names.map((name) => shortName(name))).size).toBe(25);
  expect(shortName('eu-west-rack-17')).toBe('eu-we…ack-17');
});
