import type { Diagnosis } from '../../operations/doctor/doctor.js';
import type { View } from '../page.js';
import { nextStep } from './next-step.js';
import { paletteOf } from './palette.js';
import { paragraph, plural } from './text.js';

export const doctorView: View<Diagnosis> = ({ members, checks, findings }, page) => {
  const { good, warn, strong, dim } = paletteOf(page.color);
  const looked = `${plural(checks.length, 'check')} at ${plural(members.length, 'member')}`;
  const paint = findings.length === 0 ? good : warn;
  const verdict = findings.length === 0 ? 'nothing found' : plural(findings.length, 'finding');
  const widest = Math.max(...checks.map(({ length }) => length));
  const label = ' '.repeat(widest + 2);
  const sections = findings.map(({ check, text, next }) => {
    const lines = paragraph(text, page.width, label);
    return [`${warn(check)}${lines.slice(check.length)}`, ...nextStep(next, page, `${label}next:  `)].join('\n');
  });
  const fine = checks.filter((name) => !findings.some(({ check }) => check === name));
  const rest = fine.length === 0 ? [] : [dim(paragraph(`fine: ${fine.join(', ')}`, page.width))];
  return [strong(paint(paragraph(`${looked}: ${verdict}`, page.width))), ...sections, ...rest].join('\n\n');
};
