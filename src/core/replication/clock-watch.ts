import type { Context } from '../context.js';
import { stampOf } from '../model/hlc.js';
import type { SteadyClock } from './steady-clock.js';

/** From this difference on the machine's clock has stepped. */
const STEP_MS = 1000;
const STEP = 'clock-step';
const LEAD = 'clock-lead';
const RECORDS = 'records';

/** Tells the operator what is wrong with this node's time (R15), and with the records that it holds. */
export class ClockWatch {
  constructor(
    private readonly context: Context,
    private readonly time: SteadyClock,
  ) {}

  /** To be called in every tick. */
  tick(): void {
    this.context.door.tidy();
    this.noteStep();
    this.noteLead();
    this.noteRecords();
  }

  /** A step of the machine's clock is told, not followed. */
  private noteStep(): void {
    const { problems } = this.context;
    const { wallAheadMs } = this.time;
    if (Math.abs(wallAheadMs) < STEP_MS) return problems.clear(STEP);
    const [seconds, way] = [Math.round(Math.abs(wallAheadMs) / 1000), wallAheadMs > 0 ? 'ahead of' : 'behind'];
    const told = seconds < 60 ? `${seconds} s` : `about ${Math.round(seconds / 60)} min`;
    const text = `the clock of this machine has stepped: it is ${told} ${way} this node's time, which draws near it by 5 ms a second`;
    problems.note(STEP, '', text, { code: 'check-clock' });
  }

  /** As after a start with a clock that was set back, or with a change in the data that a broken clock has stamped. */
  private noteLead(): void {
    const { problems, clock, door } = this.context;
    if (clock.last <= door.hlcMax) return problems.clear(LEAD);
    const text = `the newest change here is stamped ${stampOf(clock.last)}: until then others take in nothing that this node writes`;
    problems.note(LEAD, '', text, { code: 'check-lead' });
  }

  private noteRecords(): void {
    const { problems, records } = this.context;
    if (records.unsound.size === 0) return problems.clear(RECORDS);
    const names = [...records.unsound].join(', ');
    problems.note(RECORDS, '', `records of the cluster that are not what they say count as none: ${names}`);
  }
}
