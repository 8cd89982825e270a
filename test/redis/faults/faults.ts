import { statusOf, until } from '../../e2e/processes.js';
import type { Prng } from '../../sim/prng.js';
import type { Place } from './place.js';

/** Something that goes wrong while all write. Afterwards all runs again. */
export interface Fault {
  readonly name: string;
  readonly run: (place: Place, places: readonly Place[], random: Prng) => Promise<void>;
}

export const FAULTS: readonly Fault[] = [
  {
    name: 'the node is killed with -9',
    run: async ({ node }, _places, random) => {
      await node.kill();
      await pause(random, 300);
      await node.start();
    },
  },
  {
    name: 'the node is killed when Redis has executed what it never hears of',
    run: async ({ node, proxy }, _places, random) => {
      await Promise.race([proxy.catchExec(), pause(random, 2000)]);
      await node.kill();
      proxy.open();
      await pause(random, 300);
      await node.start();
    },
  },
  {
    name: 'the node stops and starts again',
    run: async ({ node }, _places, random) => {
      await node.kill('SIGTERM');
      await pause(random, 500);
      await node.start();
    },
  },
  {
    name: 'the node stands still',
    run: async ({ node }, _places, random) => {
      process.kill(node.pid, 'SIGSTOP');
      await pause(random, 2500);
      process.kill(node.pid, 'SIGCONT');
    },
  },
  {
    name: 'the connection is lost again and again',
    run: async ({ proxy }, _places, random) => {
      for (let i = 0; i < 5; i++) {
        proxy.cut();
        await pause(random, 100);
        proxy.open();
        await pause(random, 400);
      }
    },
  },
  {
    name: 'the connection is lost when Redis has executed what the node never hears of',
    run: async ({ proxy }, _places, random) => {
      await Promise.race([proxy.catchExec(), pause(random, 2000)]);
      proxy.cut();
      await pause(random, 300);
      proxy.open();
    },
  },
  {
    name: 'Redis stands still',
    run: async ({ server }, _places, random) => {
      process.kill(server.pid, 'SIGSTOP');
      await pause(random, 2000);
      process.kill(server.pid, 'SIGCONT');
    },
  },
  {
    name: 'Redis is killed with -9, and has lost nothing',
    run: async ({ server }, _places, random) => {
      await server.kill();
      await pause(random, 300);
      await server.start();
    },
  },
  {
    name: 'Redis is told to forget its scripts',
    run: async ({ redis }, _places, random) => {
      for (let i = 0; i < 10; i++) {
        await redis.script('FLUSH').catch(() => {});
        await pause(random, 100);
      }
    },
  },
  {
    name: 'the node is cut off from the others',
    run: async (place, places, random) => {
      await place.call('DRILL', { cut: places.filter((other) => other !== place).map(({ name }) => name) });
      await until('it counts another as down', async () => {
        const { members } = await statusOf(place.node.address);
        return members.some(({ link }) => link === 'down');
      });
      await pause(random, 1000);
      await place.call('DRILL', { heal: true });
    },
  },
];

function pause(random: Prng, msMax: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, random.between(0, msMax)));
}
