import type { UsersReply, UserView } from '../../admin/protocol/api.js';
import { type Listing, type ListView, listTable } from '../lists/listing.js';
import { nextStep } from './next-step.js';
import { paletteOf } from './palette.js';
import { paragraph, printable } from './text.js';
import { fullTime } from './time.js';

export const userListView: ListView<UsersReply> = (
  { users, anonymousClients },
  page,
  whole = { users, anonymousClients },
) => {
  const { dim } = paletteOf(page.color);
  if (whole.users.length === 0) {
    const text = paragraph('There are no users: everybody who reaches a node may do everything.', page.width);
    return [text, ...nextStep('mneme user add admin --role admin', page)].join('\n');
  }
  const caption =
    anonymousClients === 'allow'
      ? 'anonymous-clients is allow: clients that do not say who they are may do everything'
      : 'clients that do not say who they are are refused';
  return `${listTable(userListing, users, page)}\n${dim(paragraph(caption, page.width))}`;
};

export const userListing: Listing<UsersReply, UserView> = {
  columns: [
    { head: 'USER', by: ({ name }) => name, cell: ({ name }, { strong }) => ({ text: name, paint: strong }) },
    { head: 'ROLE', by: ({ role }) => role },
    {
      head: 'KEYS',
      overflow: 'wrap',
      by: ({ prefixBase64 }) => (prefixBase64 === null ? 'all' : `${printable(Buffer.from(prefixBase64, 'base64'))}*`),
    },
    { head: 'PASSWORD OF', by: ({ passwordMs }) => passwordMs, cell: ({ passwordMs }) => fullTime(passwordMs) },
    { head: 'ADDED', wide: true, by: ({ addedMs }) => addedMs, cell: ({ addedMs }) => fullTime(addedMs) },
  ],
  rows: ({ users }) => users,
  with: (reply, users) => ({ ...reply, users: [...users] }),
  name: ({ name }) => name,
  view: userListView,
};
