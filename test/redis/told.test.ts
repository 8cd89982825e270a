import { describe, expect, test } from '@jest/globals';
import { Told } from '../../src/engines/redis/told.js';

const [OLD, NEW] = [Buffer.from('old'), Buffer.from('new')];

describe('what the replication stream tells of a key', () => {
  test('is its latest value, handed over once', () => {
    const told = new Told();
    expect(told.set('k', OLD, 0)).toBe(false);
    expect(told.set('k', NEW, 7)).toBe(true);
    expect(told.take('k')).toEqual({ value: NEW, type: undefined, expiryMs: 7 });
    expect(told.take('k')).toBeUndefined();
    expect(told.set('k', OLD, 0)).toBe(false);
  });

  test('keeps what was handed over as it was', () => {
    const told = new Told();
    told.set('k', OLD, 0);
    const taken = told.take('k');
    told.set('k', NEW, 0);
    expect(taken?.value.toString()).toBe('old');
  });

  test('is nothing from a question of the node on, until the stream has come past the answer', () => {
    const told = new Told();
    told.set('k', OLD, 0);
    told.ask('k');
    expect(told.take('k')).toBeUndefined();
    told.set('k', OLD, 0);
    expect(told.take('k')).toBeUndefined();
    told.beginPass();
    told.ask('other');
    told.set('k', OLD, 0);
    expect(told.take('k')).toBeUndefined();
    told.endPass();
    told.set('k', NEW, 0);
    told.set('other', OLD, 0);
    expect([told.take('k')?.value, told.take('other')]).toEqual([NEW, undefined]);
    expect(told.hasAsked).toBe(true);
  });

  test('stays nothing while a later question has yet to be answered', () => {
    const told = new Told();
    told.ask('k');
    told.beginPass();
    told.ask('k');
    told.endPass();
    told.set('k', OLD, 0);
    expect(told.take('k')).toBeUndefined();
  });

  test("is no news where the node wrote it, but somebody else's where that was not carried out", () => {
    const told = new Told();
    const command = { name: 'SET', key: Buffer.from('k'), bytes: NEW, expiry: '0' } as const;
    told.writes('k', command);
    expect(told.isOwn('SET', 'k', OLD)).toBe(false);
    expect(told.isOwn('SET', 'k', NEW)).toBe(true);
    expect(told.isOwn('SET', 'k', NEW)).toBe(false);
    expect(told.wasNotWritten('k')).toBe(true);
    told.writes('k', command);
    expect(told.wasNotWritten('k')).toBe(false);
    expect(told.isOwn('SET', 'k', NEW)).toBe(false);
  });

  test('is bounded: what does not fit is to be read', () => {
    const told = new Told();
    const long = Buffer.alloc(9 << 20);
    told.set('a', long, 0);
    expect(told.set('b', long, 0)).toBe(false);
    expect(told.take('b')).toBeUndefined();
    told.take('a');
    told.set('b', long, 0);
    expect(told.take('b')?.value.length).toBe(long.length);
  });
});
