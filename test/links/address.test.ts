import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { OperatorError } from '../../src/core/model/errors.js';
import { DEFAULT_PORT, formatAddress, parseAddress } from '../../src/links/address.js';

describe('an address', () => {
  test.each([
    ['10.0.0.5:7000', '10.0.0.5', 7000],
    ['10.0.0.5', '10.0.0.5', DEFAULT_PORT],
    ['cache-1.example.org:1', 'cache-1.example.org', 1],
    ['localhost', 'localhost', DEFAULT_PORT],
    ['node_a:65535', 'node_a', 65535],
    ['localhost:0', 'localhost', 0],
    ['[::1]:7000', '::1', 7000],
    ['[::1]', '::1', DEFAULT_PORT],
    ['::1', '::1', DEFAULT_PORT],
    ['[fe80::1%eth0]:7000', 'fe80::1%eth0', 7000],
  ])('%s is read as host and port, and comes back in full', (text, host, port) => {
    expect(parseAddress(text)).toEqual({ host, port });
    expect(parseAddress(formatAddress({ host, port }))).toEqual({ host, port });
  });

  test('takes the given port where it has none', () => {
    expect(parseAddress('localhost', 1)).toEqual({ host: 'localhost', port: 1 });
  });

  test.each([
    '',
    ':',
    ':7379',
    'localhost:',
    'localhost:65536',
    'localhost:-1',
    'localhost:7379x',
    'localhost:1:2',
    'redis://localhost:7379',
    'two words:7379',
    ' localhost',
    'localhost\n',
    '-x:1',
    'a..b:1',
    '999.0.0.1:7379',
    '10.0.0:7379',
    '7379',
    '[::1',
    '[::1]7379',
    '[localhost]:7379',
    '[]:7379',
    '::1:7379:x',
    'a'.repeat(254),
  ])('%j is refused with the value named', (text) => {
    expect(() => parseAddress(text)).toThrow(OperatorError);
    expect(() => parseAddress(text)).toThrow(expect.objectContaining({ code: 'usage' }));
    expect(() => parseAddress(text)).toThrow(JSON.stringify(text));
  });

  test('that is read from any text is a usable one or an error for the operator', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (text) => {
        try {
          const address = parseAddress(text);
          expect(parseAddress(formatAddress(address))).toEqual(address);
        } catch (error) {
          expect(error).toBeInstanceOf(OperatorError);
        }
      }),
    );
  });
});
