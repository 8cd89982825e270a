import type { Problems } from '../membership/problems.js';
import type { Records } from '../membership/records.js';
import { OperatorError } from '../model/errors.js';
import { ASIDE_BYTES_MAX, ASIDES_MAX } from '../model/limits.js';
import type { NextStep } from '../model/next-step.js';
import type { Steps } from '../model/steps.js';
import type { Plan } from './plan.js';

/** How many values, and how many bytes of them and what is written down with them. */
export interface AsideAmount {
  readonly entries: number;
  readonly bytes: number;
}

/** What a node may hold set aside; 0 each: as much as there is. */
export type AsideLimits = AsideAmount;

export const USUAL_ASIDE_LIMITS: AsideLimits = { entries: ASIDES_MAX, bytes: ASIDE_BYTES_MAX };

/** Which limit there is no room under, and how large it would have to be. */
export interface AsideLack {
  readonly limit: 'entries' | 'bytes';
  readonly wanted: number;
  readonly words: string;
}

/** The name of a record, its first line and the place in the index take about this much beside key and value. */
const RECORD_BYTES = 400;

/** Of one value. */
export function asideBytes(keyBytes: number, valueBytes: number): number {
  return RECORD_BYTES + keyBytes + valueBytes;
}

/**
 * How much more may be set aside here. What overrides something asks before it changes anything, and does nothing where there is no
 * room. What peers have set aside is taken in all the same, since copies have to converge, and so is what an application overrode in
 * its Redis, since that has happened.
 */
export class AsideRoom {
  /** How often something was refused for want of it. */
  readonly met = { entries: 0, bytes: 0 };

  constructor(
    private readonly records: Pick<Records, 'setAsideCount' | 'setAsideBytes'>,
    readonly limits: AsideLimits,
  ) {}

  get inUse(): AsideAmount {
    const entries = this.records.setAsideCount;
    return { entries, bytes: entries === 0 ? 0 : this.records.setAsideBytes };
  }

  /** null: there is room for so much more. */
  lackFor(more: AsideAmount): AsideLack | null {
    const { entries, bytes } = this.inUse;
    const { limits } = this;
    if (limits.entries !== 0 && entries + more.entries > limits.entries) {
      const words = `it would set aside ${valuesText(more.entries)}; the limit set-aside is ${limits.entries}, and ${entries} are now`;
      return { limit: 'entries', wanted: entries + more.entries, words };
    }
    if (limits.bytes !== 0 && bytes + more.bytes > limits.bytes) {
      const words = `it would set aside ${more.bytes} bytes; the limit set-aside-memory is ${limits.bytes}, and ${bytes} are now`;
      return { limit: 'bytes', wanted: bytes + more.bytes, words };
    }
    return null;
  }

  /** What is wrong while there is none. */
  tell(problems: Problems, node: string): void {
    const lack = this.lackFor({ entries: 1, bytes: 0 });
    if (lack === null) return problems.clear('set-aside');
    const { entries, bytes } = this.inUse;
    const held =
      lack.limit === 'entries'
        ? `${valuesText(entries)} ${entries === 1 ? 'is' : 'are'}`
        : `values of ${bytes} bytes are`;
    problems.note(
      'set-aside',
      '',
      `${held} set aside, and no more may be: resolutions, undos and restores wait or are refused`,
      moreRoom(lack, node),
    );
  }

  /** As `lackFor`, by whoever then does not go on. */
  refusalOf(more: AsideAmount): AsideLack | null {
    const lack = this.lackFor(more);
    if (lack !== null) this.met[lack.limit]++;
    return lack;
  }
}

export function moreRoom({ limit, wanted }: AsideLack, node: string): NextStep {
  return { code: 'more-room', limit, wanted, node };
}

/** What an operator wanted done, and was not begun. */
export function noRoom(lack: AsideLack, node: string): OperatorError {
  return new OperatorError(
    'refused',
    `${node} has no room to set aside what would be overridden: ${lack.words}. Nothing was changed.`,
    moreRoom(lack, node),
  );
}

/** The plan, and what it would set aside. */
export function* measured(steps: Steps<Plan>, take: (amount: AsideAmount) => void): Steps<Plan> {
  const plan = yield* steps;
  let [entries, bytes] = [0, 0];
  for (const [count, { key, overridden, versions, clash }] of plan.items.entries()) {
    if (count % MEASURED_PER_STEP === MEASURED_PER_STEP - 1) yield;
    entries += overridden.length;
    for (const island of overridden)
      bytes += asideBytes(key.length, (clash?.wholes ?? versions)[island]?.value?.length ?? 0);
  }
  take({ entries, bytes });
  return plan;
}

/** Without so many of them, each as large as another. */
export function less({ entries, bytes }: AsideAmount, without: number): AsideAmount {
  const share = entries === 0 ? 0 : Math.max(0, 1 - without / entries);
  return { entries: Math.round(entries * share), bytes: Math.round(bytes * share) };
}

function valuesText(count: number): string {
  return count === 1 ? '1 value' : `${count} values`;
}

/** A fraction of a millisecond. */
const MEASURED_PER_STEP = 4096;
