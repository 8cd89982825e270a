import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import { LinearMemory, type Tenant } from '../../src/engines/embedded/slab/linear-memory.js';

/** Fills its place with a letter of its own. */
class Letter implements Tenant {
  content: Uint8Array = new Uint8Array(0);

  constructor(
    readonly byteLength: number,
    private readonly letter: number,
  ) {}

  place(memory: ArrayBuffer, at: number): void {
    this.content = new Uint8Array(memory, at, this.byteLength);
  }

  announce(): void {}

  write(): void {
    this.content.fill(this.letter);
  }

  get isWhole(): boolean {
    return this.content.length === this.byteLength && this.content.every((byte) => byte === this.letter);
  }
}

const FIXED_BYTES = 0x90000;

test('tenants keep their content, whoever comes and goes, and however often the memory grows', () => {
  const step = fc.record({ kilobytes: fc.integer({ min: 1, max: 3000 }), leaves: fc.boolean(), which: fc.nat(1000) });
  fc.assert(
    fc.property(fc.array(step, { maxLength: 120, size: 'max' }), (steps) => {
      const memory = new LinearMemory();
      const tenants: Letter[] = [];
      for (const [i, { kilobytes, leaves, which }] of steps.entries()) {
        if (leaves && tenants.length > 0) {
          const [tenant] = tenants.splice(which % tenants.length, 1);
          expect(tenant!.isWhole).toBe(true);
          expect(memory.release(tenant!)).toBe(true);
        } else {
          const tenant = new Letter(kilobytes * 1000, i);
          expect(memory.admit(tenant)).toBeGreaterThanOrEqual(FIXED_BYTES);
          tenant.write();
          tenants.push(tenant);
        }
      }
      expect(tenants.every((tenant) => tenant.isWhole)).toBe(true);
      const used = tenants.reduce((sum, { byteLength }) => sum + byteLength, 0);
      expect(memory.usedBytes).toBeGreaterThanOrEqual(used);
      expect(memory.usedBytes).toBeLessThan(used + 4096 * tenants.length + 1);
      for (const tenant of tenants) memory.release(tenant);
      expect([memory.usedBytes, memory.isEmpty]).toEqual([0, true]);
    }),
    { numRuns: 20 },
  );
});

test('what was freed is used again, and neighbours that are free are one piece', () => {
  const memory = new LinearMemory();
  const [first, second, third] = [new Letter(10_000, 1), new Letter(10_000, 2), new Letter(10_000, 3)];
  const at = [first, second, third].map((tenant) => memory.admit(tenant));
  memory.release(first);
  memory.release(second);
  expect(memory.admit(new Letter(20_000, 4))).toBe(at[0]);
  expect(memory.freeBytes).toBeLessThan(8192);
});

test('a tenant for which there is no room is refused, and changes nothing; the last eighth is for the index', () => {
  const memory = new LinearMemory(() => {}, FIXED_BYTES + 0x60000);
  const tenants = [1, 2, 3].map((letter) => new Letter(100_000, letter));
  expect(tenants.map((tenant) => memory.admit(tenant))).toEqual([FIXED_BYTES, FIXED_BYTES + 102_400, 0]);
  tenants[0]!.write();
  expect(memory.admit(tenants[2]!, 'zeros')).toBe(FIXED_BYTES + 204_800);
  expect(memory.admit(new Letter(100_000, 4), 'zeros')).toBe(0);
  expect(tenants[0]!.isWhole).toBe(true);
  expect(memory.usedBytes).toBe(3 * 102_400);
});

test('views of the fixed part are taken anew when the memory has grown', () => {
  let grown = 0;
  const memory = new LinearMemory(() => grown++);
  memory.fixed.origins[7] = 42;
  memory.admit(new Letter(1_000_000, 1));
  expect(grown).toBe(1);
  expect(memory.fixed.origins[7]).toBe(42);
});
