import { expect, test } from '@jest/globals';
import { EXIT, InvariantError, OperatorError, type OperatorErrorCode } from '../../src/core/model/errors.js';

test.each<[OperatorErrorCode, number]>([
  ['usage', 2],
  ['bad-setting', 2],
  ['bad-line', 2],
  ['unhealthy', 3],
  ['not-reachable', 4],
  ['declined', 5],
  ['refused', 6],
  ['forgotten', 6],
  ['no-split-brain', 6],
])('an error with the code %s ends with exit code %d', (code, exitCode) => {
  expect(new OperatorError(code, 'x').exitCode).toBe(exitCode);
});

test('the exit codes are these: numbers are a promise', () => {
  expect(EXIT).toEqual({
    ...{ done: 0, bug: 1, usage: 2, unhealthy: 3, notReachable: 4 },
    ...{ declined: 5, refused: 6, notFound: 7, timedOut: 8 },
  });
});

test('an operator error keeps its hint and its cause', () => {
  const cause = new Error('below');
  const error = new OperatorError('refused', 'no', 'mneme cluster status', { cause });
  expect([error.name, error.message, error.hint, error.cause]).toEqual([
    'OperatorError',
    'no',
    'mneme cluster status',
    cause,
  ]);
  expect(new OperatorError('refused', 'no').hint).toBeNull();
  expect(new InvariantError('broken').name).toBe('InvariantError');
});
