import { expect, test } from '@jest/globals';
import { NodeLog } from '../../src/cli/node-log.js';
import { logLineView } from '../../src/cli/views/log-line.js';

function stream(isTTY: boolean): { stream: NodeJS.WriteStream; written: string[] } {
  const written: string[] = [];
  const write = (text: string) => written.push(text) > 0;
  return { stream: { isTTY, columns: 80, write } as unknown as NodeJS.WriteStream, written };
}

test('in a terminal progress makes room for a line of the log, and is drawn again below it', () => {
  const { stream: terminal, written } = stream(true);
  let nowMs = 1000;
  const log = new NodeLog('b', 'text', logLineView, terminal, () => nowMs);
  nowMs += 500;
  log.progress('copying from a: 10 of 40 entries, 25 %');
  log.write('info', 'link to a is down: reset');
  nowMs += 500;
  log.progress('copying from a: 20 of 40 entries, 50 %');
  const screen = written.join('').replaceAll('\x1b[K', '<erased>');
  expect(screen).toMatch(
    /25 %\r<erased>\d{4}-\d\d-\d\d \S+ info {2}link to a is down: reset\n\r<erased>copying from a: 20/,
  );
});

test('in a file progress is a line of the log now and then', () => {
  const { stream: file, written } = stream(false);
  let nowMs = 1000;
  const log = new NodeLog('b', 'text', logLineView, file, () => nowMs);
  for (let i = 0; i <= 60; i++, nowMs += 100) log.progress(`copying from a: ${i} entries`);
  expect(written).toHaveLength(1);
  expect(written[0]).toMatch(/^\d{4}-\d\d-\d\d \S+ info {2}copying from a: 50 entries\n$/);
});

test('as JSON each line is an object, whatever is in the message', () => {
  const { stream: file, written } = stream(false);
  new NodeLog('b', 'json', logLineView, file, () => 0).write('warn', 'a "quoted"\nline');
  expect(written).toHaveLength(1);
  expect(JSON.parse(written[0]!)).toEqual({
    time: '1970-01-01T00:00:00.000Z',
    level: 'warn',
    node: 'b',
    message: 'a "quoted"\nline',
  });
});
