import type { DemoResult } from '../../operations/demo/demo.js';
import type { View } from '../page.js';
import { paletteOf } from './palette.js';

export const demoHeading: View<string> = (text, { color }) => `\n${paletteOf(color).strong(`# ${text}`)}\n`;

export const demoCommand: View<readonly string[]> = (args, { color }) =>
  `\n${paletteOf(color).command(`$ mneme ${args.join(' ')}`)}\n`;

export const demoCode: View<{ code: string; result: string }> = ({ code, result }, { color }) =>
  `\n${paletteOf(color).command(`> ${code}`)}\n${result}\n`;

export const demoNote: View<string> = (text, { color }) => `${paletteOf(color).dim(`  … ${text}`)}\n`;

export const demoEndView: View<DemoResult> = ({ kept, dir }, { color }) => {
  const { strong, command } = paletteOf(color);
  if (kept.length === 0) return `\n${strong('Done.')} What was started is stopped, and the data is removed.\n`;
  return [
    '',
    `${strong('Done.')} The cluster runs on, with its data in ${dir}.`,
    `  look:  ${command(`mneme cluster status --node ${kept[0]}`)}`,
    ...kept.map((address) => `  stop:  ${command(`mneme cluster stop --node ${address}`)}`),
    '',
  ].join('\n');
};
