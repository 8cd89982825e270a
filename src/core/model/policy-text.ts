import type { KnownPolicy, PolicyRule, SimplePolicy } from '../resolution/strategy.js';
import { bytesToId, idToBytes } from './bytes.js';
import type { ReplicaId } from './version.js';

/** What is wrong with a text that should be a policy. */
export class PolicyTextError extends Error {}

/**
 * A merge policy as people write it: `lww`, `keep-longest-ttl`, `prefer:NODE`, or rules by how keys begin, separated by commas or lines,
 * such as `session:=lww,cart:=prefer:a,=keep-longest-ttl`. The longest beginning decides, so their order is of no account; without an
 * empty one the last write stands for the rest. A beginning in double quotes is a JSON string; one after `base64:` is bytes.
 * @param nodeOf the replica of a node's name; may throw
 * @returns null: it is neither a policy nor rules
 * @throws PolicyTextError
 */
export function readPolicy(text: string, nodeOf: (name: string) => ReplicaId): KnownPolicy | null {
  const simple = readSimple(text.trim(), nodeOf);
  if (simple !== null) return simple;
  if (!text.includes('=')) return null;
  const rules = rulesIn(text).map((rule) => readRule(rule, nodeOf));
  if (rules.length === 0) return null;
  const twice = rules.find(({ prefix }, i) => rules.findIndex((one) => one.prefix === prefix) < i);
  if (twice !== undefined)
    throw new PolicyTextError(`there are two rules for ${prefixText(twice.prefix) || 'all other keys'}`);
  return { policy: 'by-prefix', rules };
}

/** The inverse: rules in the order of their beginnings, the longest last where one begins another. */
export function policyText(policy: KnownPolicy, nameOf: (replica: ReplicaId) => string): string {
  if (policy.policy !== 'by-prefix') return simpleText(policy, nameOf);
  const rules = [...policy.rules].sort((a, b) => (a.prefix < b.prefix ? -1 : 1));
  return rules.map(({ prefix, rule }) => `${prefixText(prefix)}=${simpleText(rule, nameOf)}`).join(',');
}

/** The rule for a key, by its id without the database. */
export function ruleFor(rules: readonly PolicyRule[], key: string): PolicyRule['rule'] {
  let best: PolicyRule | undefined;
  for (const one of rules) {
    if (key.startsWith(one.prefix) && (best === undefined || one.prefix.length > best.prefix.length)) best = one;
  }
  return best?.rule ?? { policy: 'lww' };
}

// ---------------------------------------------------------------------------------------------------------------------

/** Commas and line ends in quotes are part of a beginning; what follows a # at the start of a line is a note. */
function rulesIn(text: string): string[] {
  const lines = text.split('\n').filter((line) => !/^\s*#/.test(line));
  const rules = lines.flatMap((line) => line.match(/(?:"(?:[^"\\]|\\.)*"|[^,"]|")+/g) ?? []);
  return rules.map((rule) => rule.trim()).filter((rule) => rule !== '');
}

function readRule(text: string, nodeOf: (name: string) => ReplicaId): PolicyRule {
  const end = text.lastIndexOf('=');
  const word = text.slice(end + 1).trim();
  const rule = word === 'manual' ? ({ policy: 'manual' } as const) : readSimple(word, nodeOf);
  if (end < 0 || rule === null)
    throw new PolicyTextError(
      `"${text}" is no rule: write it as PREFIX=POLICY, with lww, keep-longest-ttl, prefer:NODE or manual`,
    );
  return { prefix: readPrefix(text.slice(0, end).trim()), rule };
}

function readPrefix(word: string): string {
  if (word.startsWith('base64:')) return bytesToId(Buffer.from(word.slice(7), 'base64'));
  if (!word.startsWith('"')) return bytesToId(Buffer.from(word));
  try {
    return bytesToId(Buffer.from(JSON.parse(word) as string));
  } catch {
    throw new PolicyTextError(`${word} has quotes, and is no JSON string`);
  }
}

function prefixText(prefix: string): string {
  const bytes = Buffer.from(idToBytes(prefix));
  const text = bytes.toString();
  if (!Buffer.from(text).equals(bytes)) return `base64:${bytes.toString('base64')}`;
  return /^[\w:./@%+-]*$/.test(text) && !text.startsWith('base64:') ? text : JSON.stringify(text);
}

function readSimple(word: string, nodeOf: (name: string) => ReplicaId): SimplePolicy | null {
  if (word === 'lww' || word === 'keep-longest-ttl') return { policy: word };
  const node = /^prefer:([\w.-]+)$/.exec(word)?.[1];
  return node === undefined ? null : { policy: 'prefer', node: nodeOf(node) };
}

function simpleText(policy: PolicyRule['rule'], nameOf: (replica: ReplicaId) => string): string {
  return policy.policy === 'prefer' ? `prefer:${nameOf(policy.node)}` : policy.policy;
}
