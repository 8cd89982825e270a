import { type AdminClient, connectClient } from '../../admin/client/client.js';
import { askAs } from '../../admin/client/credentials.js';
import { answeringNode, setAnswerTimeout } from '../../admin/client/patience.js';
import { DEFAULT_ADDRESS } from '../../admin/protocol/address.js';
import { readPasswordFile } from '../access-flags.js';
import type { ContextField } from '../contexts/context.js';
import type { ContextInUse } from '../contexts/context-in-use.js';
import { useTrust } from '../trust-flags.js';
import type { OfCluster, Place } from './place.js';

/** Of a connection, and of an answer. */
const ANSWER_MS = 300;
const KEYS = 50;

type Word = readonly [word: string, about: string];

/** What the cluster knows that the line, the environment or the context names. Throws where no node tells. */
export async function wordsOfCluster(
  kind: OfCluster,
  { word, flags }: Place,
  context: ContextInUse | null,
): Promise<Word[]> {
  const said = (name: ContextField, variable?: string): string | undefined => {
    const ofContext = context?.context[name];
    const ofEnvironment = variable === undefined ? undefined : process.env[variable] || undefined;
    const value =
      flags.get(name) ?? (context?.byFlag === true ? (ofContext ?? ofEnvironment) : (ofEnvironment ?? ofContext));
    return value === undefined ? undefined : String(value);
  };
  setAnswerTimeout(ANSWER_MS);
  await useTrust({
    'secret-file': said('secret-file', 'MNEME_SECRET_FILE')!,
    'tls-ca': said('tls-ca', 'MNEME_TLS_CA')!,
    'tls-cert': said('tls-cert', 'MNEME_TLS_CERT')!,
    'tls-key': said('tls-key', 'MNEME_TLS_KEY')!,
    'secret-optional': said('secret-optional') !== undefined,
    'tls-optional': said('tls-optional') !== undefined,
  });
  // Nobody is asked for a password at a prompt.
  const passwordFile = said('password-file', 'MNEME_PASSWORD_FILE');
  if (passwordFile !== undefined && passwordFile !== '-') {
    const who = { name: said('user', 'MNEME_USER') ?? 'default', password: readPasswordFile(passwordFile) };
    askAs(() => who);
  }
  const address = await answeringNode(
    kind === 'addresses' ? withoutLast(said, context) : (said('node', 'MNEME_NODE') ?? DEFAULT_ADDRESS),
  );
  const client = await connectClient(address);
  return ASKED[kind](client, word, Number(flags.get('db') ?? 0));
}

// ---

/** The flag that is being typed names no node yet. */
function withoutLast(
  said: (name: ContextField, variable?: string) => string | undefined,
  context: ContextInUse | null,
): string {
  const ofContext = context?.context.node;
  if (context?.byFlag === true && ofContext !== undefined) return ofContext;
  return process.env.MNEME_NODE || ofContext || said('node') || DEFAULT_ADDRESS;
}

const ASKED: { readonly [K in OfCluster]: (client: AdminClient, word: string, database: number) => Promise<Word[]> } = {
  members: async (client) => (await membersOf(client)).map(({ name, address }) => [name, address]),
  addresses: async (client, word) => {
    // Of several, with commas between them, the last is completed.
    const before = word.slice(0, word.lastIndexOf(',') + 1);
    return (await membersOf(client)).map(({ name, address }) => [`${before}${address}`, name]);
  },
  keys: async (client, word, database) => {
    const prefixBase64 = Buffer.from(word).toString('base64');
    const { beginnings } = await client.call('PREFIXES', { database, prefixBase64, limit: KEYS });
    return beginnings.flatMap(({ base64, whole }): Word[] => {
      const bytes = Buffer.from(base64, 'base64');
      const text = bytes.toString('utf8');
      // What cannot be typed is not offered.
      if (!Buffer.from(text).equals(bytes) || /\p{C}|\n/u.test(text)) return [];
      return [[text, whole ? 'key' : 'keys']];
    });
  },
  incidents: async (client) => {
    const { incidents } = await client.call('INCIDENTS', {});
    const words = incidents.map(({ id, state, strategy }): Word => [id, strategy ?? state]);
    return incidents.length === 0 ? [] : [['latest', 'the latest of them'], ...words];
  },
  users: async (client) => (await client.call('USERS', {})).users.map(({ name, role }) => [name, role]),
};

async function membersOf(client: AdminClient) {
  return (await client.call('STATUS', {})).members;
}
