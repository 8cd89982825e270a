import type { Call, Command } from './commands.js';
import { command, nameOf, WRONG_TYPE } from './commands-of-keys.js';
import { hashOf, Item, type ItemType } from './item.js';
import { failure, type Reply, text } from './resp.js';

/** What an application does with values that are no strings: enough to make them, and to change a part. */
export const COLLECTION_COMMANDS: readonly (readonly [string, Command])[] = [
  ['RPUSH', command(3, (call, key) => change(call, key, 'list', push), true)],
  ['LPOP', command(2, (call, key) => change(call, key, 'list', pop))],
  ['SADD', command(3, (call, key) => change(call, key, 'set', add), true)],
  ['SREM', command(3, (call, key) => change(call, key, 'set', remove(1)))],
  ['HSET', command(4, (call, key) => change(call, key, 'hash', setPairs), true)],
  ['HDEL', command(3, (call, key) => change(call, key, 'hash', remove(2)))],
  ['ZADD', command(4, (call, key) => change(call, key, 'zset', setScores), true)],
  ['ZREM', command(3, (call, key) => change(call, key, 'zset', remove(2)))],
  ['HLEN', command(2, (call, key) => sizeAt(call, key, 'hash'))],
  ['SCARD', command(2, (call, key) => sizeAt(call, key, 'set'))],
  ['ZCARD', command(2, (call, key) => sizeAt(call, key, 'zset'))],
  ['HSCAN', command(3, (call, key) => scanAt(call, key, 'hash'))],
  ['SSCAN', command(3, (call, key) => scanAt(call, key, 'set'))],
  ['ZSCAN', command(3, (call, key) => scanAt(call, key, 'zset'))],
  ['HGET', command(3, (call, key) => elementAt(call, key, 'hash'))],
  ['ZSCORE', command(3, (call, key) => elementAt(call, key, 'zset'))],
  ['SISMEMBER', command(3, (call, key) => (elementAt(call, key, 'set') === null ? 0 : 1))],
];

interface Outcome {
  readonly elements: readonly string[];
  readonly reply: Reply;
  readonly hasChanged: boolean;
}

type Step = (elements: readonly string[], args: readonly string[]) => Outcome;

// ---------------------------------------------------------------------------------------------------------------------

function change({ server, client, by, cause, args }: Call, key: string, type: ItemType, step: Step): Reply {
  const item = server.find(client.database, key);
  if (item !== null && item.type !== type) return failure(WRONG_TYPE);
  const { elements, reply, hasChanged } = step(item?.elements ?? [], args.slice(2).map(nameOf));
  if (!hasChanged) return reply;
  const after = elements.length === 0 ? null : new Item(type, elements, item?.expiryMs ?? 0);
  server.change(client.database, key, after, cause, by);
  return reply;
}

function elementAt({ server, client, args }: Call, key: string, type: ItemType): Reply {
  const item = server.find(client.database, key);
  if (item !== null && item.type !== type) return failure(WRONG_TYPE);
  const width = type === 'set' ? 1 : 2;
  const at = (item?.elements ?? []).findIndex((element, i) => i % width === 0 && element === nameOf(args[2]!));
  return at < 0 ? null : Buffer.from(item!.elements[at + width - 1]!, 'latin1');
}

function sizeAt({ server, client }: Call, key: string, type: ItemType): Reply {
  const item = server.find(client.database, key);
  if (item !== null && item.type !== type) return failure(WRONG_TYPE);
  return (item?.elements.length ?? 0) / (type === 'set' ? 1 : 2);
}

/** A table that is being made larger or smaller gives some elements again. */
const AGAIN_CHANCE = 0.15;

/** In the order of their hashes: what is there all the time is given, and some of it twice. */
function scanAt({ server, client, args }: Call, key: string, type: ItemType): Reply | undefined {
  const item = server.find(client.database, key);
  if (item !== null && item.type !== type) return failure(WRONG_TYPE);
  const width = type === 'set' ? 1 : 2;
  const from = Number(String(args[2]));
  const count = Number(String(args[4] ?? 10));
  const { elements } = item ?? { elements: [] };
  const left = elements
    .flatMap((name, i) => (i % width === 0 ? [{ place: hashOf(name, server.seed) + 1, i }] : []))
    .filter(({ place }) => place >= from)
    .sort((a, b) => a.place - b.place);
  const given = left.slice(0, count).flatMap(({ i }) => elements.slice(i, i + width));
  const next = left[count]?.place ?? 0;
  const isAgain = next !== 0 && server.machine.random.chance(AGAIN_CHANCE);
  const reply = [text(String(isAgain ? from : next)), given.map(text)];
  if (server.options.elementScanMs === 0) return reply;
  server.block(client, server.machine.random.between(0, server.options.elementScanMs), reply);
  return undefined;
}

function push(elements: readonly string[], args: readonly string[]): Outcome {
  const after = [...elements, ...args];
  return { elements: after, reply: after.length, hasChanged: true };
}

function pop(elements: readonly string[]): Outcome {
  const [head] = elements;
  if (head === undefined) return { elements, reply: null, hasChanged: false };
  return { elements: elements.slice(1), reply: Buffer.from(head, 'latin1'), hasChanged: true };
}

function add(elements: readonly string[], args: readonly string[]): Outcome {
  const after = [...new Set([...elements, ...args])];
  return { elements: after, reply: after.length - elements.length, hasChanged: after.length > elements.length };
}

function remove(width: number): Step {
  return (elements, args) => {
    const after = elements.filter((_, i) => !args.includes(elements[i - (i % width)]!));
    const removed = (elements.length - after.length) / width;
    return { elements: after, reply: removed, hasChanged: removed > 0 };
  };
}

function setPairs(elements: readonly string[], args: readonly string[]): Outcome {
  const after = withPairs(elements, args);
  return { elements: after, reply: (after.length - elements.length) / 2, hasChanged: true };
}

function setScores(elements: readonly string[], args: readonly string[]): Outcome {
  const swapped = args.map((_, i) => (i % 2 === 0 ? args[i + 1]! : String(Number(args[i - 1]))));
  const after = withPairs(elements, swapped);
  const hasChanged = after.join('\n') !== elements.join('\n');
  return { elements: after, reply: (after.length - elements.length) / 2, hasChanged };
}

function withPairs(elements: readonly string[], pairs: readonly string[]): string[] {
  const map = new Map<string, string>();
  for (const list of [elements, pairs]) for (let i = 0; i < list.length; i += 2) map.set(list[i]!, list[i + 1]!);
  return [...map].flat();
}
