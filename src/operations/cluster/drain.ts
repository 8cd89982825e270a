import { withClient } from '../../admin/client/client.js';
import type { DrainReply } from '../../admin/protocol/api.js';
import { OperatorError } from '../../core/model/errors.js';
import { advice } from '../../hints/advice.js';
import { humanDuration } from '../common/durations.js';
import type { Named } from '../common/named.js';

export interface Drained extends DrainReply {
  /** How long its clients were waited for. */
  waitedMs: number;
  members: readonly Named[];
}

export interface DrainOptions {
  /** How long clients are waited for. */
  waitMs: number;
  /** Shown what would be done; throws what stops it. */
  approve(plan: DrainReply): Promise<void>;
  onWait(plan: DrainReply): void;
}

const PAUSE_MS = 200;
const NAMED = 3;

/**
 * Let a node go once its clients have gone, and all that it holds is on the disks of others. Until then it serves, and whoever breaks
 * this off has changed nothing.
 * @throws OperatorError `refused` for the last holder, `timed-out` while clients stay
 */
export async function clusterDrain(address: string, { waitMs, approve, onWait }: DrainOptions): Promise<Drained> {
  return withClient(address, async (client) => {
    const { members } = await client.call('STATUS', {});
    await approve(await client.call('DRAIN', { dryRun: true }));
    const startedMs = Date.now();
    for (;;) {
      const reply = await client.call('DRAIN', {});
      const waitedMs = Date.now() - startedMs;
      if (reply.drained) return { ...reply, waitedMs, members };
      if (waitedMs >= waitMs) throw stillUsed(reply, waitMs);
      onWait(reply);
      await new Promise((resolve) => setTimeout(resolve, PAUSE_MS));
    }
  });
}

/** The clients that are still there, in words. */
export function usersOf({ clients, waiting }: Pick<DrainReply, 'clients' | 'waiting'>): string {
  const named = clients.slice(0, NAMED).join(', ');
  const more = clients.length > NAMED ? `, and ${clients.length - NAMED} more` : '';
  const connected = clients.length === 0 ? [] : [`connected: ${named}${more}`];
  return [...connected, ...(waiting > 0 ? [`${waiting} keys of its Redis still to be read`] : [])].join('; ');
}

function stillUsed(reply: DrainReply, waitMs: number): OperatorError {
  const { node, address } = reply;
  return new OperatorError(
    'timed-out',
    `${node} is still in use after ${humanDuration(waitMs)} (${usersOf(reply)}); it serves on, and nothing was changed`,
    advice(
      `redis-cli -h ${address.replace(/:(\d+)$/, ' -p $1')} CLIENT LIST`,
      'Move them, or wait longer with --wait 10m. To go all the same: mneme cluster leave',
    ),
  );
}
