/** Where a member is drawn. */
export interface Place {
  readonly x: number;
  readonly y: number;
  readonly radius: number;
  /** In degrees, the way that its name runs away from the ring; null: the name is below it. */
  readonly outward: number | null;
}

interface Room {
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
}

/** Of a name at a ring, in pixels and in letters. */
export const NAME_ROOM = 96;
const LETTERS_MAX = 12;
const RADIUS_MAX = 13;
/** Under the title of the frame. */
const DOWN = 6;

/** Many members in a ring, with their names outside of it like rays: they cover neither each other nor a circle. */
export function ringIn(names: readonly string[], { x, y, width, height }: Room): Map<string, Place> {
  const wide = Math.max(40, Math.min(width / 2 - NAME_ROOM - RADIUS_MAX, height));
  // At the ends of a longer oval the rays would be side by side.
  const high = Math.min(height / 2 - NAME_ROOM - RADIUS_MAX - DOWN, wide * 1.6);
  const step = (2 * Math.PI) / names.length;
  const radius = Math.min(RADIUS_MAX, Math.floor((Math.min(wide, high) * step) / 2) - 1);
  return new Map(
    names.map((name, i) => {
      const angle = step * i - Math.PI / 2;
      const [across, down] = [wide * Math.cos(angle), high * Math.sin(angle)];
      const outward = (Math.atan2(down, across) * 180) / Math.PI;
      return [name, { x: x + width / 2 + across, y: y + height / 2 + DOWN + down, radius, outward }];
    }),
  );
}

/** With its end, by which names that begin alike are told apart. */
export function shortName(name: string, lettersMax = LETTERS_MAX): string {
  if (name.length <= lettersMax) return name;
  const tail = Math.floor(lettersMax / 2);
  return `${name.slice(0, lettersMax - tail - 1)}…${name.slice(-tail)}`;
}
