import { describe, expect, test } from '@jest/globals';
import { checkMonitoring } from '../../src/cli/trust-checks.js';

describe('a port for monitoring', () => {
  test.each([
    ['none', {}],
    ['127.0.0.1:9379', {}],
    ['[::1]:9379', {}],
    ['0.0.0.0:9379', { secretFile: '/etc/mneme/secret' }],
    ['10.0.0.1:9379', { trustNetwork: true }],
  ])('may be at %s with %j', (http, options) => {
    expect(() => checkMonitoring(http, options)).not.toThrow();
  });

  test('beyond the own machine is refused where nothing says that it is meant, with each way out', () => {
    expect(() => checkMonitoring('0.0.0.0:9379', {})).toThrow(
      expect.objectContaining({
        code: 'refused',
        message: expect.stringMatching(/^--http 0\.0\.0\.0:9379 is open to other machines/),
        hint: expect.stringMatching(
          /^mneme cluster secret --out mneme\.secret\n.*--http 127\.0\.0\.1:9379.*--trust-network/,
        ),
      }),
    );
  });
});
