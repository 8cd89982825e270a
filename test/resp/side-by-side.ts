import type { Step } from './conversation.js';
import { Harness } from './harness.js';
import { RawClient } from './raw-client.js';
import { RedisBeside } from './redis-beside.js';

export interface Difference {
  readonly step: Step;
  readonly our: string;
  readonly their: string;
}

/** A listener and a redis-server that are told the same. */
export class SideBySide {
  private constructor(
    private readonly connect: () => Promise<RawClient>,
    private readonly redis: RedisBeside,
    private readonly stopOurs: () => Promise<void>,
  ) {}

  /** Over a keyspace in memory. */
  static async start(): Promise<SideBySide> {
    const harness = await Harness.start();
    return SideBySide.with(
      () => harness.client(),
      () => harness.stop(),
    );
  }

  /** Of ours, whatever it is. */
  static async with(connect: () => Promise<RawClient>, stopOurs: () => Promise<void>): Promise<SideBySide> {
    return new SideBySide(connect, await RedisBeside.start(), stopOurs);
  }

  async stop(): Promise<void> {
    await this.stopOurs();
    await this.redis.stop();
  }

  /** Clients of both, which are empty. */
  async pair(protocol: number): Promise<{ ours: RawClient; theirs: RawClient }> {
    const [ours, theirs] = [await this.connect(), await RawClient.connect(this.redis.port)];
    for (const client of [ours, theirs]) {
      await client.call('HELLO', String(protocol));
      await client.call('FLUSHALL');
    }
    return { ours, theirs };
  }

  /** Where the two answer with different bytes. `told`: what of a reply counts. */
  async differences(
    protocol: number,
    steps: readonly Step[],
    told = (reply: string, _step: Step): string => reply,
  ): Promise<Difference[]> {
    const { ours, theirs } = await this.pair(protocol);
    const found: Difference[] = [];
    for (const step of steps) {
      const [our, their] = [told(await play(ours, step), step), told(await play(theirs, step), step)];
      if (our !== their) found.push({ step, our, their });
    }
    ours.close();
    theirs.close();
    return found;
  }
}

// ---

function play(client: RawClient, step: Step): Promise<string> {
  return typeof step === 'string' ? client.line(step) : client.call(...step);
}
