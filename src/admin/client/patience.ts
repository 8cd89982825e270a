import { OperatorError } from '../../core/model/errors.js';
import type { Trust } from '../../links/trust.js';
import { formatAddress, parseAddress } from '../protocol/address.js';
import { AdminConnection, ReplyError } from './connection.js';
import { notReachable } from './not-reachable.js';
import { TimedOut } from './timed-out.js';

/** How long a node may take for an answer, unless `--timeout` says otherwise. */
export const ANSWER_TIMEOUT_MS = 5000;

let limitMs = ANSWER_TIMEOUT_MS;

/** The limit of this process, which runs one command: for each connection to come up, and for each answer. */
export function answerTimeoutMs(): number {
  return limitMs;
}

export function setAnswerTimeout(timeoutMs: number): void {
  limitMs = timeoutMs;
}

/**
 * Await what may take long, as long as the node is there: it is pinged meanwhile, over connections of their own, since answers
 * come in order. A node that falls silent, as a frozen one does, is told within the limit.
 * @throws OperatorError `not-reachable`
 */
export async function whileAnswering<T>(address: string, work: Promise<T>, trust?: Trust | null): Promise<T> {
  const watch = new Watch(address, trust);
  try {
    return await Promise.race([work, watch.silence()]);
  } finally {
    watch.end();
  }
}

/** Any answer counts: the node is there. @throws OperatorError `not-reachable` */
async function ping(address: string): Promise<void> {
  try {
    await pingWithin(address, limitMs);
  } catch (error) {
    throw notReachable(address, error);
  }
}

// ---

/**
 * Of some addresses, separated by commas, the first at which a node answers.
 * @throws OperatorError `not-reachable` where none does, naming all. A single one is not asked: the call itself will tell.
 */
export async function answeringNode(addresses: string): Promise<string> {
  const all = addressList(addresses);
  const [only, ...others] = all;
  if (only !== undefined && others.length === 0) return only;
  const failures: OperatorError[] = [];
  for (const address of all) {
    try {
      await ping(address);
      return address;
    } catch (error) {
      if (!(error instanceof OperatorError)) throw error;
      failures.push(error);
    }
  }
  const { hint } = failures[0]!;
  throw new OperatorError('not-reachable', failures.map(({ message }) => message).join('; '), hint);
}

/** Addresses as they are typed, with commas between them. */
export function addressList(addresses: string): string[] {
  return addresses.split(',').map((one) => formatAddress(parseAddress(one)));
}

async function pingWithin(address: string, timeoutMs: number, trust?: Trust | null): Promise<void> {
  const { host, port } = parseAddress(address);
  let connection: AdminConnection | undefined;
  try {
    connection = await AdminConnection.connect(host, port, timeoutMs, trust);
    await connection.request(['PING'], timeoutMs);
  } catch (error) {
    if (!(error instanceof ReplyError)) throw error;
  } finally {
    connection?.close();
  }
}

class Watch {
  private isOver = false;
  private timer: NodeJS.Timeout | undefined;

  constructor(
    private readonly address: string,
    private readonly trust: Trust | null | undefined,
  ) {}

  /** Rejects when the node does not answer; else never ends. */
  silence(): Promise<never> {
    return new Promise((_, reject) => this.look(reject));
  }

  end(): void {
    this.isOver = true;
    clearTimeout(this.timer);
  }

  private look(reject: (error: unknown) => void): void {
    const halfMs = limitMs / 2;
    this.timer = setTimeout(async () => {
      try {
        await pingWithin(this.address, halfMs, this.trust);
        if (!this.isOver) this.look(reject);
      } catch (error) {
        reject(notReachable(this.address, error instanceof TimedOut ? new TimedOut(limitMs) : error));
      }
    }, halfMs);
  }
}
