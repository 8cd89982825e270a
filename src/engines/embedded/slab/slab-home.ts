import type { MemberLists } from '../../inner-loop.js';
import { collectGarbage, giveBack } from './give-back.js';
import { LinearMemory, type Tenant, type Views } from './linear-memory.js';

/**
 * Where a store's slabs and index are: in one linear memory as far as it has room, or else each in a memory of its own. A
 * linear memory can only be given back whole. So once much of it is free, all that lives there moves to another one, piece by
 * piece in the background; what has not moved yet is only unknown to compiled code.
 */
export class SlabHome {
  /** null: there is no address space for one. */
  private current: LinearMemory | null = null;
  /** What still lies here has to move. */
  private former: LinearMemory | null = null;
  private isToTighten = false;
  /** `onMoved`: the fixed part of the linear memory is elsewhere now, its content undefined if `isNew`. */
  constructor(
    /** 0: it has none. */
    private readonly linearBytesMax: number,
    /** Less than so many free bytes are not worth moving all the rest. */
    private readonly freeMin: number,
    private readonly onMoved: (views: Readonly<Views>, isNew: boolean) => void,
    private readonly members: MemberLists,
  ) {
    if (linearBytesMax > 0) this.renew();
  }

  get linear(): LinearMemory | null {
    return this.current;
  }

  settle(tenant: Tenant, content: 'any' | 'zeros' = 'any'): void {
    const { current } = this;
    const at = current?.admit(tenant, content) ?? 0;
    if (at === 0) tenant.place(memoryOf(tenant.byteLength, content), 0);
    if (current !== null) tenant.announce(current.fixed, at);
  }

  /** It is not used any more. `isKept`: views of it may be, so that its memory cannot be given back at once. */
  leave(tenant: Tenant, isKept = false): void {
    const wasLinear = this.current?.release(tenant) === true || this.former?.release(tenant) === true;
    if (!wasLinear && !isKept) giveBack(tenant.content.buffer);
    else this.vacate(FREE_SHARE);
  }

  /** Nothing more is about to be freed: less is worth to move for, at once or when what moves already has. */
  tighten(): void {
    this.isToTighten = this.former !== null;
    this.vacate(QUIET_FREE_SHARE);
  }

  // ---

  /** Moves one tenant. Returns whether there was one. */
  private move(): boolean {
    const { former, current } = this;
    const tenant = former?.first;
    if (former === null || current === null || tenant === undefined) return false;
    const { content } = tenant;
    const at = current.admit(tenant, content);
    if (at === 0) {
      const own = Buffer.allocUnsafeSlow(tenant.byteLength);
      own.set(content);
      tenant.place(own.buffer, 0);
    }
    tenant.announce(current.fixed, at);
    former.release(tenant);
    return true;
  }

  /** Start to move if it is worth it. */
  private vacate(freeShare: number): void {
    const { current } = this;
    if (current === null || this.former !== null) return;
    if (current.freeBytes < this.freeMin || current.freeBytes < current.usedBytes * freeShare) return;
    this.former = current;
    this.renew();
    if (this.former === null) return;
    const moving = setInterval(() => {
      if (this.move()) return;
      clearInterval(moving);
      const bytes = this.former?.freeBytes ?? 0;
      this.former = null;
      if (this.isToTighten) this.tighten();
      // Later, when nobody has anything of it in hand.
      if (bytes >= COLLECT_MIN) setImmediate(collectGarbage).unref();
    }, MOVE_PACE_MS);
    moving.unref();
  }

  private renew(): void {
    try {
      const onGrown = () => this.onMoved(memory.fixed, false);
      const memory: LinearMemory = new LinearMemory(onGrown, this.linearBytesMax, this.members);
      this.current = memory;
      this.onMoved(memory.fixed, true);
    } catch (error) {
      if (!(error instanceof RangeError)) throw error;
      // What is there stays as it is, and is given back later, if ever.
      this.current = this.former;
      this.former = null;
    }
  }
}

// ---------------------------------------------------------------------------------------------------------------------

function memoryOf(bytes: number, content: 'any' | 'zeros'): ArrayBuffer {
  return content === 'zeros' ? new ArrayBuffer(bytes) : Buffer.allocUnsafeSlow(bytes).buffer;
}

/** Moving begins when so much is free, measured by what is in use. */
const FREE_SHARE = 0.25;
const QUIET_FREE_SHARE = 0.05;
/** A memory that is smaller can wait for the next garbage collection. */
const COLLECT_MIN = 1 << 24;
/** One piece, of 2 MiB at most, at a time: a millisecond, or several where memory that is touched first is slow. */
const MOVE_PACE_MS = 20;
