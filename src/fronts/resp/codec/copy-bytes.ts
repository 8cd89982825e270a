/**
 * Copies `length` bytes. A call of `copy` makes a view each time, which for what is short takes longer than the bytes themselves, and
 * is garbage afterwards.
 */
export function copyBytes(source: Buffer, start: number, length: number, target: Buffer, at: number): void {
  if (length > LOOP_BYTES) source.copy(target, at, start, start + length);
  else for (let i = 0; i < length; i++) target[at + i] = source[start + i]!;
}

// ---

/** Up to this length a loop is no slower. */
const LOOP_BYTES = 64;
