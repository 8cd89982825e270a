import { beforeEach, describe, expect, test } from '@jest/globals';
import { replicaOf } from '../../src/core/model/version.js';
import type { Message } from '../../src/core/replication/messages.js';
import { MiniCluster, type MiniNode, TIMEOUT_MS } from './support/mini-cluster.js';

let cluster: MiniCluster;
let a: MiniNode;
let b: MiniNode;
let c: MiniNode;

beforeEach(() => {
  cluster = new MiniCluster();
  [a, b, c] = [cluster.add('a'), cluster.add('b'), cluster.add('c')];
  cluster.run(2000);
  // What b lacks a alone can send it.
  cluster.partition([b], [c]);
  writeOn(2 * TIMEOUT_MS);
});

/** The network loses one message from a to b. */
function losesOne(isIt: (message: Message) => boolean): void {
  let isLost = false;
  cluster.isLost = (message, from, to) => {
    if (isLost || from !== a || to !== b || !isIt(message)) return false;
    isLost = true;
    return true;
  };
}

/** a writes all the time, and b acknowledges that. */
function writeOn(ms: number): void {
  for (let at = 0; at < ms; at += TIMEOUT_MS / 10) {
    a.set('busy', String(at));
    cluster.run(TIMEOUT_MS / 10);
  }
}

describe('what was lost on the way is sent again after a failure timeout, whatever else is acknowledged meanwhile', () => {
  test('a record of the cluster, while data is', () => {
    losesOne((message) => message.type === 'changes' && message.group === 'system');
    a.live.operator.changeSetting('set-aside-days', '3');
    writeOn(2 * TIMEOUT_MS);
    expect(b.live.status.records.settings()['set-aside-days']).toBe(3);
  });

  test('a write that is relayed, while those of the relay are', () => {
    losesOne(
      (message) => message.type === 'changes' && message.ranges.some((one) => replicaOf(one.origin) === c.replica),
    );
    c.set('relayed', '1');
    writeOn(2 * TIMEOUT_MS);
    expect(b.get('relayed')).toBe('1');
  });
});
