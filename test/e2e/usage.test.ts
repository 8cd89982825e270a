import { describe, expect, test } from '@jest/globals';
import { mneme } from './processes.js';

describe('what is mistyped ends with exit code 2, says what was typed, and what to type next', () => {
  test.each([
    [['clust'], '"clust" is no command. After mneme comes one of: cluster, ', 'mneme --help'],
    [['cluster', 'statu'], '"cluster statu" is no command. After mneme cluster comes one of: ', 'mneme cluster --help'],
    [
      ['cluster', 'status', '10.0.0.1:7379'],
      'mneme cluster status takes no "10.0.0.1:7379"',
      'mneme cluster status --help',
    ],
    [['cluster', 'start', '--max-memory', 'abc'], '--max-memory: "abc" is not a size', '512mb'],
  ])('%j', async (args, message, hint) => {
    const text = await mneme(args);
    expect(text).toMatchObject({ code: 2, stdout: '' });
    expect(text.stderr).toContain(`error: ${message}`);
    expect(text.stderr).toContain(hint);
    const json = await mneme([...args, '--json']);
    expect(json.code).toBe(2);
    const { error } = JSON.parse(json.stdout) as { error: unknown };
    expect(error).toMatchObject({ message: expect.stringContaining(message), hint: expect.stringContaining(hint) });
  });
});
