import type { Entry } from '../model/entry.js';
import { harmless, isNodeName } from '../model/names.js';
import { isRole } from '../model/role.js';
import type { IncidentRecord, MemberRecord, SettingRecord } from './records.js';
import type { PasswordRecord, UserRecord } from './user-records.js';

/** Dates end here, and so do views of them. */
const TIME_MAX_MS = 8.64e15;

/**
 * Reads a record of the cluster, whoever sent it; null if it is not what its name says. Texts in it are made harmless, since they
 * end up in terminals, logs and commands.
 */
export function readMember(id: string, entry: Entry): MemberRecord | null {
  const record = parsed(entry);
  return record !== null && isMember(record) && record.replica === id ? record : null;
}

export function readIncident(id: string, entry: Entry): IncidentRecord | null {
  const record = parsed(entry);
  return record !== null && isIncident(record) && record.id === id ? record : null;
}

export function readSetting(entry: Entry): SettingRecord | null {
  const value = jsonOf(entry);
  if (isText(value)) return { text: value, isForced: false };
  return isObject(value) && isText(value.text) ? { text: value.text, isForced: value.isForced === true } : null;
}

export function readUser(name: string, entry: Entry): UserRecord | null {
  const record = parsed(entry);
  return record !== null && isUser(record) && record.name === name ? record : null;
}

export function readPassword(entry: Entry): PasswordRecord | null {
  const record = parsed(entry);
  return record !== null && isPassword(record) ? record : null;
}

/** What a node is to compute for a password is bounded, whoever wrote the record: some hundred megabytes and a second or two. */
export function isPassword(record: Fields): record is Fields & PasswordRecord {
  const { saltBase64, keyBase64, cost, blockSize, parallelization } = record;
  return (
    isText(saltBase64) &&
    isText(keyBase64) &&
    isBetween(saltBase64.length, 20, 200) &&
    isBetween(keyBase64.length, 40, 200) &&
    isBetween(cost, 2, 2 ** 17) &&
    Number.isInteger(Math.log2(Number(cost))) &&
    isBetween(blockSize, 1, 16) &&
    isBetween(parallelization, 1, 16)
  );
}

// -----------------------------------------------------------------------------------------------

export type Fields = Readonly<Record<string, unknown>>;

function isMember(record: Fields): record is Fields & MemberRecord {
  const { replica, name, address, state, joinedMs, via, memoryOnly } = record;
  const isState = state === 'member' || state === 'left' || state === 'forgotten';
  const isSound = [replica, name, address].every(isText) && isState && isTime(joinedMs);
  return isSound && (via === null || isText(via)) && typeof memoryOnly === 'boolean';
}

function isUser(record: Fields): record is Fields & UserRecord {
  const { id, name, role, prefixBase64 } = record;
  return isText(id) && isText(name) && isNodeName(name) && isRole(role) && isText(prefixBase64);
}

function isBetween(value: unknown, min: number, max: number): boolean {
  return Number.isSafeInteger(value) && Number(value) >= min && Number(value) <= max;
}

function isIncident(record: Fields): record is Fields & IncidentRecord {
  const { separatedMs, detectedMs, resolvedMs, islands, strategy, executor, counts, problem, fence } = record;
  return (
    [record.id, record.kind, record.state].every(isText) &&
    [separatedMs, detectedMs].every(isTime) &&
    (resolvedMs === null || isTime(resolvedMs)) &&
    isListOf(islands, (island) => isObject(island) && isListOf(island.replicas, isText)) &&
    (strategy === null || isObject(strategy)) &&
    (counts === null || isObject(counts)) &&
    [executor, problem].every((text) => text === null || isText(text)) &&
    [record.asked, record.undoes].every((text) => text === undefined || isText(text)) &&
    (fence === null || Number.isSafeInteger(fence)) &&
    isListOf(record.participants, isText) &&
    (record.covered === null || isVector(record.covered))
  );
}

function parsed(entry: Entry): Fields | null {
  const value = jsonOf(entry);
  return isObject(value) ? value : null;
}

function jsonOf({ value }: Entry): unknown {
  if (value === null) return null;
  try {
    return JSON.parse(Buffer.from(value).toString(), (_key, one) => (isText(one) ? harmless(one) : one));
  } catch {
    // Told by whoever asked: it is not what its name says.
    return null;
  }
}

function isObject(value: unknown): value is Fields {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function isText(value: unknown): value is string {
  return typeof value === 'string';
}

function isTime(value: unknown): boolean {
  return typeof value === 'number' && Math.abs(value) <= TIME_MAX_MS;
}

function isListOf(value: unknown, check: (item: unknown) => boolean): boolean {
  return Array.isArray(value) && value.every(check);
}

function isVector(value: unknown): boolean {
  if (!isObject(value) || !isObject(value.seqs) || !isObject(value.floors)) return false;
  return [...Object.values(value.seqs), ...Object.values(value.floors)].every(Number.isSafeInteger);
}
