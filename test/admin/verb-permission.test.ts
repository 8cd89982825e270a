import { describe, expect, test } from '@jest/globals';
import type { AdminApi, AdminVerb } from '../../src/admin/protocol/api.js';
import { SHAPES } from '../../src/admin/server/request-shape.js';
import { requirePermission } from '../../src/admin/server/verb-permission.js';
import type { Identity } from '../../src/fronts/resp/access/identity.js';

const base64 = (text: string) => Buffer.from(text).toString('base64');
const key = (name: string) => ({ database: 0, keyBase64: base64(name) });
const beginning = (name: string) => ({ database: 0, prefixBase64: base64(name), limit: 10 });
const OWNER: Identity = { name: 'shop', role: 'write', prefix: Buffer.from('cart:') };

function isAllowed<V extends AdminVerb>(who: Identity, verb: V, request: object): boolean {
  try {
    requirePermission(who, verb, request as AdminApi[V]['request']);
    return true;
  } catch (error) {
    expect((error as { code: string }).code).toBe('not-permitted');
    return false;
  }
}

describe('a user whose keys have a prefix', () => {
  test('is told of keys with it, and of no others', () => {
    const asked = [
      ['ENTRY', key('cart:1'), key('session:1')],
      ['LIST', beginning('cart:1'), beginning('')],
      ['PREFIXES', beginning('cart:'), beginning('car')],
    ] as const;
    for (const [verb, own, others] of asked)
      expect([verb, isAllowed(OWNER, verb, own), isAllowed(OWNER, verb, others)]).toEqual([verb, true, false]);
  });

  test('of all verbs may ask those that name no keys of others', () => {
    const allowed = (Object.keys(SHAPES) as AdminVerb[]).filter((verb) => isAllowed(OWNER, verb, key('cart:1')));
    expect(allowed.sort()).toEqual(['ENTRY', 'HEALTH', 'SETTINGS']);
  });
});

test('who may only read is told, and changes nothing', () => {
  const reader: Identity = { name: 'eyes', role: 'read', prefix: null };
  const allowed = (Object.keys(SHAPES) as AdminVerb[]).filter((verb) => isAllowed(reader, verb, { action: 'add' }));
  const admins = ['BACKUP', 'DECIDE', 'DRAIN', 'ENGINE', 'EVENTS', 'FORGET', 'LEAVE', 'RESOLVE', 'RESTORE', 'SET'];
  const refused = (Object.keys(SHAPES) as AdminVerb[]).filter((verb) => !allowed.includes(verb));
  expect(refused.sort()).toEqual([...admins, 'STOP', 'SUPPORT', 'UNDO', 'USER', 'USERS']);
});
