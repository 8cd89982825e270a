import { describe, expect, test } from '@jest/globals';
import { parseRequest } from '../../src/admin/server/request-text.js';

const BYTES = 4 * 1024 * 1024;

function refusal(json: string): string {
  try {
    parseRequest('SET', json);
  } catch (error) {
    return (error as Error).message;
  }
  return '';
}

describe('the JSON of an admin request', () => {
  test('a request as it should be is read', () => {
    const request = { buckets: [1, 2], strategy: { kind: 'merge', decisions: [{ keyBase64: 'YQ==', database: 0 }] } };
    expect(parseRequest('PLAN', JSON.stringify(request))).toEqual(request);
    expect(parseRequest('SET', '{"a": "[[[[[[[[[[[[[[[[\\"]]{{"}')).toEqual({ a: '[[[[[[[[[[[[[[[["]]{{' });
  });

  test('many decisions of a merge policy are read', () => {
    const decisions = Array.from({ length: 30_000 }, (_, i) => ({
      keyBase64: Buffer.from(`session:${i}`).toString('base64'),
      database: 0,
      island: 1,
    }));
    expect(parseRequest('PLAN', JSON.stringify({ decisions }))).toEqual({ decisions });
  });

  test.each([
    ['brackets alone', '['.repeat(BYTES), 'of more than 8 levels'],
    ['objects inside each other', '{"a":'.repeat(BYTES / 5), 'of more than 8 levels'],
    ['empty lists side by side', `[${'[],'.repeat(BYTES / 3)}[]]`, 'lists and objects'],
    ['no JSON', 'a"b', 'not a"b'],
    ['no object', '17', 'not 17'],
    ['a list', '[{"values": true}]', 'takes a JSON object'],
    ['a string that does not end', '{"a', 'not {"a'],
  ])('%s is refused before it takes memory', (_name, json, text) => {
    const before = process.memoryUsage().heapUsed;
    expect(refusal(json)).toContain(text);
    expect(process.memoryUsage().heapUsed - before).toBeLessThan(20_000_000);
  });
});
