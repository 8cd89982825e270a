import { CONTEXT_FIELDS } from '../contexts/context.js';
import type { ContextList, NamedContext } from '../contexts/named-context.js';
import { type Listing, type ListView, listTable } from '../lists/listing.js';
import type { View } from '../page.js';
import { nextStep } from './next-step.js';
import { paletteOf } from './palette.js';
import { paragraph } from './text.js';

export const contextListView: ListView<ContextList> = (list, page, whole = list) => {
  const { dim } = paletteOf(page.color);
  if (whole.contexts.length === 0) {
    const text = paragraph(
      'There are no contexts: commands ask the node that a flag or the environment names.',
      page.width,
    );
    return [text, ...nextStep('mneme context add --help', page)].join('\n');
  }
  return [
    listTable(contextListing, list.contexts, page),
    dim(paragraph(`kept in ${list.file}`, page.width)),
    ...nextStep(list.current === null ? `mneme context use ${whole.contexts[0]!.name}` : null, page),
  ].join('\n');
};

export const contextListing: Listing<ContextList, NamedContext> = {
  columns: [
    {
      head: 'CONTEXT',
      by: ({ name }) => name,
      cell: ({ name, current }, { strong }) => (current ? { text: name, paint: strong } : name),
    },
    {
      head: 'IN USE',
      by: ({ current }) => (current ? 0 : 1),
      cell: ({ current }, { good }) => (current ? { text: 'yes', paint: good } : ''),
    },
    { head: 'NODES', overflow: 'wrap', min: 14, by: ({ node }) => node, cell: ({ node }) => node.replaceAll(',', ' ') },
    { head: 'USER', by: ({ user }) => user ?? null },
    { head: 'SHOWS', overflow: 'wrap', by: shown },
    { head: 'PASSWORD FILE', wide: true, by: (one) => one['password-file'] ?? null },
    { head: 'SECRET FILE', wide: true, by: (one) => one['secret-file'] ?? null },
    { head: 'TLS CA', wide: true, by: (one) => one['tls-ca'] ?? null },
    { head: 'TLS CERT', wide: true, by: (one) => one['tls-cert'] ?? null },
  ],
  rows: ({ contexts }) => contexts,
  with: (list, contexts) => ({ ...list, contexts }),
  name: ({ name }) => name,
  view: contextListView,
};

/** One context: a line for each thing that it says. */
export const contextView: View<NamedContext> = (context, page) => {
  const { strong, dim } = paletteOf(page.color);
  const fields = Object.keys(CONTEXT_FIELDS) as (keyof typeof CONTEXT_FIELDS)[];
  const said = fields.filter((field) => context[field] !== undefined);
  const width = Math.max(...said.map((field) => field.length));
  return [
    `${strong(context.name)}${context.current ? ' (in use)' : ''}`,
    ...said.map((field) => {
      const value = context[field] === true ? 'yes' : String(context[field]);
      return `${dim(field.padEnd(width))}  ${value}`;
    }),
  ].join('\n');
};

// ---

/** What it shows to nodes, in words. */
function shown(one: NamedContext): string | null {
  const things = [
    ...(one['secret-file'] === undefined ? [] : ['secret']),
    ...(one['tls-ca'] === undefined ? [] : [one['tls-cert'] === undefined ? 'TLS' : 'TLS certificate']),
    ...(one['password-file'] === undefined ? [] : ['password']),
  ];
  return things.length === 0 ? null : things.join(', ');
}
