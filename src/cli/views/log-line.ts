import type { LogLevel } from '../../operations/cluster/node-options.js';
import type { View } from '../page.js';
import { paletteOf } from './palette.js';
import { fullTime } from './time.js';

/** One line of a node's log: local time, level, message. */
export const logLineView: View<{ nowMs: number; level: LogLevel; message: string }> = (line, { color }) => {
  const { warn, bad, dim } = paletteOf(color);
  const paint = line.level === 'error' ? bad : line.level === 'warn' ? warn : (text: string) => text;
  return `${dim(fullTime(line.nowMs))} ${paint(line.level.padEnd(5))} ${line.message}`;
};
