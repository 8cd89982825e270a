import { afterEach, describe, expect, test } from '@jest/globals';
import { withClient } from '../../src/admin/client/client.js';
import { adminHandler } from '../../src/admin/server/server.js';
import { fullKey } from '../../src/core/model/entry.js';
import { type RunningNode, startNode } from '../../src/node/run.js';
import { newDirectory } from '../engines/support/directories.js';

const KEY = fullKey(0, Buffer.from('key'));
const running: RunningNode[] = [];

afterEach(async () => {
  await Promise.all(running.splice(0).map((one) => one.stop()));
});

/** `dir`: null for a memory-only node. Resolves when it serves. */
async function start(name: string, dir: string | null, join?: string): Promise<RunningNode> {
  const place = { name, listen: '127.0.0.1:0', dir, ...(join === undefined ? {} : { join: [join] }) };
  const one = await startNode({ ...place, allowDrills: false, fsyncAlways: false, log: () => {} }, adminHandler);
  running.push(one);
  await one.inSync;
  return one;
}

/** What the node says when it is told to stop; resolves when it has. */
async function stop(one: RunningNode): Promise<string> {
  const { message } = await withClient(one.address, (client) => client.call('STOP', {}));
  await one.stopped;
  return message;
}

function valueAt({ node }: RunningNode): string | undefined {
  const entry = node.core.get(KEY);
  return entry === undefined ? undefined : Buffer.from(entry.value).toString();
}

describe('a node that is told to stop says with what it comes back', () => {
  test('with its data, if that is on its disk', async () => {
    const dir = newDirectory();
    const before = await start('a', dir);
    before.node.core.write(KEY, Buffer.from('kept'), 0);
    expect(await stop(before)).toBe('a stops; it comes back with its data by mneme cluster start');
    expect(valueAt(await start('a', dir))).toBe('kept');
  });

  test('empty, if it is memory-only: then it fetches what the others have', async () => {
    const other = await start('a', newDirectory());
    other.node.core.write(KEY, Buffer.from('kept by a'), 0);
    expect(await stop(await start('b', null, other.address))).toBe(
      `b stops; it comes back empty, and fetches what the others have, by mneme cluster join ${other.address} --memory-only`,
    );
    expect(valueAt(await start('b', null, other.address))).toBe('kept by a');
  });

  test('without its data, if it is memory-only and the only member', async () => {
    expect(await stop(await start('a', null))).toBe('a stops; its data was in memory only, and is gone');
  });
});
