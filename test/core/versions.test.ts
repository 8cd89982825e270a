import { describe, expect, test } from '@jest/globals';
import { versionFault } from '../../src/core/membership/versions.js';
import { type Hello, PROTOCOL, PROTOCOL_OLDEST } from '../../src/core/replication/messages.js';
import { ByteReader } from '../../src/links/byte-reader.js';
import { FRAME_HEADER_BYTES } from '../../src/links/frame.js';
import { decodeJson, encodeJson } from '../../src/links/json-messages.js';
import { commonVersion, compareVersions, versionsOf } from '../../src/operations/cluster/versions.js';
import { MiniCluster } from './support/mini-cluster.js';

const HELLO: Hello = {
  ...{ type: 'hello', protocol: PROTOCOL, clusterId: null, replica: 'b'.repeat(16), boot: 1, previousBoot: 0 },
  ...{ name: 'b', address: 'b:1', memoryOnly: false, wallMs: 0 },
};
const faultOf = (more: Partial<Hello>) => versionFault({ name: 'a', version: '0.1.0' }, { ...HELLO, ...more });

describe('two nodes of different versions', () => {
  test('understand each other as long as the protocols they speak have one in common', () => {
    expect(faultOf({})).toBeNull();
    expect(faultOf({ protocol: PROTOCOL + 1, protocolOldest: PROTOCOL, version: '0.2.0' })).toBeNull();
    expect(faultOf({ protocol: PROTOCOL_OLDEST })).toBeNull();
  });

  test('are refused with both versions, and which of them is to be changed', () => {
    expect(faultOf({ protocol: PROTOCOL + 2, protocolOldest: PROTOCOL + 1, version: '0.9.0' })).toBe(
      `a runs mneme 0.1.0, which speaks link protocol ${PROTOCOL_OLDEST} to ${PROTOCOL}; b runs mneme 0.9.0, which speaks ${PROTOCOL + 1} to ${PROTOCOL + 2}: bring a to a version nearer to that of b first`,
    );
    expect(faultOf({ protocol: PROTOCOL_OLDEST - 1 })).toMatch(/b runs another mneme, .*: bring b to a version nearer/);
  });

  test('a hello of a later version, with fields that are not known here, is read', () => {
    const later = { ...HELLO, protocol: PROTOCOL + 1, protocolOldest: PROTOCOL, colour: 'green' } as Hello;
    const bytes = encodeJson(later);
    const read = decodeJson('hello', new ByteReader(bytes, FRAME_HEADER_BYTES + 1, bytes.length));
    expect(read).toMatchObject({ protocol: PROTOCOL + 1, protocolOldest: PROTOCOL });
    expect(read).not.toHaveProperty('colour');
  });
});

test('a member of a version too new is named in status at both ends, until it is linked again', () => {
  const cluster = new MiniCluster();
  const [a, b] = [cluster.add('a'), cluster.add('b')];
  cluster.until(() => a.live.state === 'serving' && b.live.state === 'serving');
  cluster.run(1000);
  let isNew = true;
  cluster.onDelivery = (message) => {
    if (message.type !== 'hello' || message.name !== 'b' || !isNew) return;
    Object.assign(message, { protocol: PROTOCOL + 1, protocolOldest: PROTOCOL + 1, version: '9.0.0' });
  };
  cluster.stop(b);
  cluster.start(b);
  const told = (node: typeof a) => node.live.problems.list().filter(({ kind }) => kind === 'version');
  cluster.until(() => told(a).length === 1 && told(b).length === 1);
  expect(told(a)[0]).toMatchObject({ subject: b.replica, next: { code: 'see-versions' } });
  expect(told(a)[0]?.text).toBe(told(b)[0]?.text);
  expect(told(a)[0]?.text).toMatch(/b runs mneme 9\.0\.0, .*: bring a to a version nearer/);
  isNew = false;
  cluster.until(() => told(a).length === 0 && told(b).length === 0);
});

describe('the versions that members run', () => {
  const member = (name: string, version: string | null) => ({ name, version });

  test('are listed the newest first, by their numbers', () => {
    const members = [member('c', '0.9.1'), member('b', '0.10.0'), member('a', '0.10.0'), member('d', null)];
    expect(versionsOf(members)).toEqual([
      { version: '0.10.0', members: ['a', 'b'] },
      { version: '0.9.1', members: ['c'] },
    ]);
    expect(compareVersions('1.0.0-rc.1', '1.0.0')).toBeLessThan(0);
    expect(compareVersions('1.0.0', '1.0.0')).toBe(0);
  });

  test('are one for all only where every member said so', () => {
    expect(commonVersion([member('a', '0.1.0'), member('b', '0.1.0')])).toBe('0.1.0');
    expect(commonVersion([member('a', '0.1.0'), member('b', null)])).toBeNull();
    expect(commonVersion([member('a', '0.1.0'), member('b', '0.2.0')])).toBeNull();
  });
});
