import type { UsersReply } from '../../admin/protocol/api.js';
import type { View } from '../page.js';
import { nextStep } from './next-step.js';
import { paletteOf } from './palette.js';
import { table } from './table.js';
import { paragraph, printable } from './text.js';
import { fullTime } from './time.js';

const COLUMNS = [
  { head: 'USER' },
  { head: 'ROLE' },
  { head: 'KEYS', overflow: 'wrap' as const },
  { head: 'PASSWORD OF' },
];

export const userListView: View<UsersReply> = ({ users, anonymousClients }, page) => {
  const { strong, dim } = paletteOf(page.color);
  if (users.length === 0) {
    const text = paragraph('There are no users: everybody who reaches a node may do everything.', page.width);
    return [text, ...nextStep('mneme user add admin --role admin', page)].join('\n');
  }
  const rows = users.map(({ name, role, prefixBase64, passwordMs }) => [
    { text: name, paint: strong },
    role,
    prefixBase64 === null ? 'all' : `${printable(Buffer.from(prefixBase64, 'base64'))}*`,
    fullTime(passwordMs),
  ]);
  const caption =
    anonymousClients === 'allow'
      ? 'anonymous-clients is allow: clients that do not say who they are may do everything'
      : 'clients that do not say who they are are refused';
  return `${table(COLUMNS, rows, page)}\n${dim(paragraph(caption, page.width))}`;
};
