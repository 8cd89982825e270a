import { type Bytes, bytesToId, idToBytes, prefixed } from '../model/bytes.js';
import type { Entry } from '../model/entry.js';
import { OperatorError } from '../model/errors.js';
import { type Hlc, hlcToMs } from '../model/hlc.js';
import { harmless } from '../model/names.js';
import { readPolicy } from '../model/policy-text.js';
import type { VectorData } from '../model/vector.js';
import type { ReplicaId, Version } from '../model/version.js';
import type { Replica } from '../replication/replica.js';
import type { AsideAmount } from '../resolution/aside-room.js';
import type { OverridesKind } from '../resolution/overrides.js';
import type { Strategy } from '../resolution/strategy.js';
import { readIncident, readMember, readSetting } from './record-checks.js';
import { UserRecords } from './user-records.js';

/** A member's record in the system group, under `member/<replica id>`. Records of former members stay, to refuse them. */
export interface MemberRecord {
  readonly replica: ReplicaId;
  readonly name: string;
  readonly address: string;
  readonly state: 'member' | 'left' | 'forgotten';
  readonly joinedMs: number;
  /** The member that let it in: it is in that member's island. null for the founder. */
  readonly via: ReplicaId | null;
  readonly memoryOnly: boolean;
  /** It is attached to a Redis: keys travel whole to it and from it; but for those with parts, where it takes parts. */
  readonly keepsWhole?: boolean;
  readonly takesParts?: boolean;
  /** With 'forgotten': by a minority in majority mode. */
  readonly isForced?: boolean;
}

/** A setting that was changed, under `setting/<name>`: its text alone, if it was not forced. */
export interface SettingRecord {
  readonly text: string;
  /** By a minority in majority mode. */
  readonly isForced: boolean;
}

/** One split-brain, one undo, or one occasion on which values were overridden outside of a split-brain, under `incident/<id>`. */
export interface IncidentRecord {
  readonly id: string;
  readonly kind: 'split-brain' | 'undo' | 'set-back' | OverridesKind;
  readonly state: 'open' | 'resolving' | 'resolved' | 'undone';
  readonly separatedMs: number;
  readonly detectedMs: number;
  readonly resolvedMs: number | null;
  readonly islands: readonly IslandRecord[];
  readonly strategy: Strategy | null;
  readonly by: 'on-heal' | 'operator' | null;
  /** Who asked for it, and on which machine: `ada@desk`. Absent: nobody, or it is not known. */
  readonly asked?: string;
  /** For an undo: the incident whose values it restored, and whether it restored all of them. */
  readonly undoes?: string;
  readonly isPartial?: boolean;
  readonly executor: ReplicaId | null;
  readonly counts: PlanCounts | null;
  readonly setAside: number;
  readonly problem: string | null;
  /** While open: the setting `on-heal` by which a resolution was begun and left to the operator. */
  readonly leftBy?: string;
  /** While open: what its resolution would set aside, for which the node that was to carry it out has no room. */
  readonly lacks?: AsideAmount & { readonly at: ReplicaId };
  /** While resolving: writes accepted by a member that has this record are later than everything the plan overrides. */
  readonly fence: Hlc | null;
  /** Once resolved: the members that took part, and all that the plan saw. */
  readonly participants: readonly ReplicaId[];
  readonly covered: VectorData | null;
}

export interface IslandRecord {
  readonly replicas: readonly ReplicaId[];
  /** Writes accepted between the separation and the detection. */
  readonly writes: number;
}

export interface PlanCounts {
  readonly conflicts: number;
  readonly onlyHere: readonly number[];
  readonly rewritten: number;
  readonly overridden: readonly number[];
  readonly uncertain: number;
  /** Conflicts that the policy leaves to the operator; absent in older records: none. */
  readonly manual?: number;
  /** Keys of which several islands changed different parts; absent in older records: none. */
  readonly merged?: number;
  /** Those among them of which islands made different kinds: readers find the kind that was written last. Absent in older records: none. */
  readonly twofold?: number;
}

/** What a version was overridden by, and where. */
export interface SetAsidePlace {
  readonly incident: string;
  readonly island: number;
  /** The version that stood instead; null: none, the key was absent. */
  readonly standing: Version | null;
  /** Whether that is a value: once it is gone, it was deleted since, or has expired. Absent in older records. */
  readonly stoodValue?: boolean | undefined;
  /** Of a resolution: whether several islands had changed the key, and whether their order was uncertain. */
  readonly conflict?: boolean | undefined;
  readonly uncertain?: boolean | undefined;
  /** Of a part: its key was ended as a whole. */
  readonly ended?: boolean | undefined;
  /** Of a key of which there was nothing but parts: it is set aside for them, which are set aside with it, all of them. */
  readonly bare?: boolean | undefined;
}

/**
 * A value that a resolution, an undo, or a Redis that was attached overrode, under `aside/<incident>/<island>/<key>`. A null
 * value is an overridden delete, or one that was evicted before: then there is none to restore.
 */
export interface SetAside extends Entry, SetAsidePlace {}

export interface Settings {
  /** merge, promote-oldest, promote-largest, manual, or a policy as `readPolicy` reads it. */
  'on-heal': string;
  'partition-mode': 'available' | 'majority';
  /** What becomes of clients that do not say who they are, once there is a user. */
  'anonymous-clients': 'refuse' | 'allow';
  /** Days for which set-aside values are kept. */
  'set-aside-days': number;
  /** Milliseconds of silence after which a member counts as down. */
  'failure-timeout': number;
  /** Milliseconds by which a member's clock may be off. */
  'clock-skew-limit': number;
}

export const DEFAULT_SETTINGS: Settings = {
  'on-heal': 'merge',
  'partition-mode': 'available',
  'anonymous-clients': 'refuse',
  'set-aside-days': 7,
  'failure-timeout': 5000,
  'clock-skew-limit': 10_000,
};

/** The cluster's own records, kept in the system group, with the parsed ones cached. */
export class Records {
  private readonly members = new Map<ReplicaId, MemberRecord>();
  private readonly incidents = new Map<string, IncidentRecord>();
  private readonly changed = new Map<string, SettingRecord>();
  /** Names of records that are not what they say, the first of them. */
  readonly unsound = new Set<string>();
  readonly users: UserRecords;
  /** Names of all that is there and no set-aside. */
  private readonly named = new Set<string>();
  private settingsCache: Settings | null = null;
  private activeCache: MemberRecord[] | null = null;

  constructor(private readonly replica: Replica) {
    this.users = new UserRecords(replica);
  }

  /** Fill the caches from what the store holds. */
  load(entries: Iterable<Entry>): void {
    for (const entry of entries) this.noteEntry(entry);
  }

  /**
   * Keeps the caches right: to be called for every entry that changes in the system group. A record that is not what its name
   * says does not count.
   */
  noteEntry(entry: Entry): void {
    if (isSetAside(entry.key)) return;
    const name = bytesToId(entry.key);
    if (entry.value === null) this.named.delete(name);
    else this.named.add(name);
    const [kind, id = ''] = splitName(entry.key);
    if (kind === 'member') {
      this.activeCache = null;
      this.keep(entry, this.members, id, readMember(id, entry));
    } else if (kind === 'incident') {
      this.keep(entry, this.incidents, id, readIncident(id, entry));
    } else if (kind === 'setting') {
      this.keep(entry, this.changed, id, readSetting(entry));
      this.settingsCache = null;
    } else if (kind === 'user') {
      this.noteSound(entry, this.users.noteUser(id, entry));
    } else if (kind === 'password') {
      this.noteSound(entry, this.users.notePassword(id, entry));
    }
  }

  /** How many values are set aside. Those whose time is over count until they are collected, some seconds later. */
  get setAsideCount(): number {
    return Math.max(0, this.replica.store.liveCount() - this.named.size);
  }

  /** What they take; beside them the other records are few. */
  get setAsideBytes(): number {
    return this.replica.store.byteCount + this.setAsideCount * INDEXED_BYTES;
  }

  /** All that is known of a replica, also of a former member. */
  member(replica: ReplicaId): MemberRecord | undefined {
    return this.members.get(replica);
  }

  /** Unix time in milliseconds of the last change of a member's record. */
  changedMs(replica: ReplicaId): number {
    const entry = this.replica.store.get(Buffer.from(`member/${replica}`));
    return entry === undefined ? 0 : hlcToMs(entry.hlc);
  }

  /** Current members in order of their replica ids. */
  active(): readonly MemberRecord[] {
    this.activeCache ??= [...this.members.values()]
      .filter((member) => member.state === 'member')
      .sort((a, b) => (a.replica < b.replica ? -1 : 1));
    return this.activeCache;
  }

  isActive(replica: ReplicaId): boolean {
    return this.members.get(replica)?.state === 'member';
  }

  /** A member no more (R8). Of who joins there may be no record yet. */
  isFormer(replica: ReplicaId): boolean {
    return this.members.has(replica) && !this.isActive(replica);
  }

  byName(name: string): MemberRecord | undefined {
    return this.active().find((member) => member.name === name || member.replica === name);
  }

  nameOf(replica: ReplicaId): string {
    return this.members.get(replica)?.name ?? replica;
  }

  putMember(record: MemberRecord): void {
    this.put('member', record.replica, record);
  }

  /** The first write of a boot. Nobody reads it but in vectors. */
  putStart(replica: ReplicaId, boot: number): void {
    this.put('start', replica, boot);
  }

  incident(id: string): IncidentRecord | undefined {
    return this.incidents.get(id);
  }

  /** Newest first. */
  incidentList(): IncidentRecord[] {
    return [...this.incidents.values()].sort((a, b) => b.detectedMs - a.detectedMs || (a.id < b.id ? 1 : -1));
  }

  /** Split-brains that are not resolved, newest first. */
  openIncidents(): IncidentRecord[] {
    return this.incidentList().filter(
      (one) => one.kind === 'split-brain' && (one.state === 'open' || one.state === 'resolving'),
    );
  }

  /** That a member came back with less than it once acknowledged, and has not taken everything anew yet. */
  openSetBacks(replica: ReplicaId): IncidentRecord[] {
    return [...this.incidents.values()].filter(
      ({ kind, state, islands }) =>
        kind === 'set-back' && state === 'open' && islands[0]?.replicas.includes(replica) === true,
    );
  }

  endSetBacks(replica: ReplicaId, resolvedMs: number): void {
    for (const record of this.openSetBacks(replica)) this.putIncident({ ...record, state: 'resolved', resolvedMs });
  }

  putIncident(record: IncidentRecord): Entry {
    return this.put('incident', record.id, record);
  }

  settings(): Settings {
    if (this.settingsCache === null) {
      const settings = { ...DEFAULT_SETTINGS };
      for (const [key, { text }] of this.changed) {
        const parsed = parseSetting(key, text);
        if (parsed !== undefined) Object.assign(settings, parsed);
      }
      this.settingsCache = settings;
    }
    return this.settingsCache;
  }

  /** Whether a minority has changed this setting. */
  isForced(setting: string): boolean {
    return this.changed.get(setting)?.isForced === true;
  }

  putSetting(key: string, value: string, isForced = false): void {
    if (!Object.hasOwn(DEFAULT_SETTINGS, key)) {
      const known = Object.keys(DEFAULT_SETTINGS).join(', ');
      throw new OperatorError('bad-setting', `There is no setting "${key}". Settings are: ${known}.`, {
        code: 'see-settings',
      });
    }
    if (parseSetting(key, value) === undefined) {
      throw new OperatorError('bad-setting', `"${value}" is no value for ${key}: it takes ${settingRange(key)}.`);
    }
    this.put('setting', key, isForced ? ({ text: value, isForced } satisfies SettingRecord) : value);
  }

  /** There may be very many: objects are written out here, since a copy by spread takes as long as the rest of it. */
  putSetAside(
    overridden: Entry,
    { incident, island, standing, stoodValue, conflict, uncertain, ended, bare }: SetAsidePlace,
    keptUntilMs: number,
  ): Entry {
    const { key, value, hlc, origin, seq, expiryMs, type, evicted, touch } = overridden;
    const isDelete = value === null;
    const keyBytes = key.length;
    const place = { incident, island, standing, stoodValue, conflict, uncertain, ended, bare, keyBytes, isDelete };
    const head = { hlc, origin, seq, expiryMs, type, evicted, touch, ...place };
    const line = `${JSON.stringify(head satisfies Record<keyof SetAsideHead, unknown>)}\n`;
    return this.replica.write(
      prefixed(`${ASIDE}${incident}/${island}/`, key),
      prefixed(line, value ?? NOTHING),
      keptUntilMs,
    );
  }

  /** It was not overridden after all. */
  dropSetAside(incident: string, island: number, key: Bytes): void {
    this.replica.write(prefixed(`${ASIDE}${incident}/${island}/`, key), null, 0);
  }

  /** What an incident set aside of an island's key, by the id of the key. */
  setAside(incident: string, island: number, id: string): Entry | undefined {
    return this.replica.store.get(prefixed(`${ASIDE}${incident}/${island}/`, idToBytes(id)));
  }

  /** What is set aside of one key: looked up by name, since a look at all that is set aside may take long. */
  *setAsideOf(key: Bytes): Iterable<Entry> {
    const { store } = this.replica;
    for (const { id, islands } of this.incidentList()) {
      // While it is resolved, more islands than its record names may take part: one a member at most. One more place is for what
      // finds its own taken.
      const places = Math.max(islands.length, this.members.size) + 1;
      for (let island = 0; island < places; island++) {
        const entry = store.get(prefixed(`${ASIDE}${id}/${island}/`, key));
        if (entry !== undefined) yield entry;
      }
    }
  }

  private keep<V>(entry: Entry, map: Map<string, V>, id: string, value: V | null): void {
    if (value === null) map.delete(id);
    else map.set(id, value);
    this.noteSound(entry, value !== null);
  }

  private noteSound(entry: Entry, isSound: boolean): void {
    const name = harmless(Buffer.from(entry.key).toString());
    if (!isSound && entry.value !== null && this.unsound.size < UNSOUND_MAX) this.unsound.add(name);
    else this.unsound.delete(name);
  }

  private put(kind: string, id: string, record: unknown): Entry {
    return this.replica.write(Buffer.from(`${kind}/${id}`), Buffer.from(JSON.stringify(record)), 0);
  }
}

/** Whether the record of this name is a set-aside. There may be very many of them, and the caches hold none. */
export function isSetAside(name: Bytes): boolean {
  return startsWith(name, ASIDE);
}

/** What the record of a set-aside begins with, on one line; its key ends the record's name, and its value follows the line. */
type SetAsideHead = Omit<SetAside, 'key' | 'value'> & { readonly keyBytes: number; readonly isDelete: boolean };

/** A set-aside record, if this entry of the system group is one (of that incident). */
export function readSetAside(entry: Entry, incident: string | null): SetAside | null {
  const prefix = incident === null ? ASIDE : `${ASIDE}${incident}/`;
  if (entry.value === null || !startsWith(entry.key, prefix)) return null;
  const line = entry.value.indexOf(NEWLINE);
  const head = headOf(entry.value.subarray(0, Math.max(0, line)));
  if (head === null) return null;
  const { keyBytes, isDelete, ...rest } = head;
  const key = entry.key.subarray(entry.key.length - keyBytes);
  return { ...rest, key, value: isDelete ? null : entry.value.subarray(line + 1) };
}

/** null: it is none. */
function headOf(line: Bytes): SetAsideHead | null {
  try {
    const head = JSON.parse(Buffer.from(line).toString()) as SetAsideHead | null;
    return head !== null && Number.isSafeInteger(head.keyBytes) && Number.isSafeInteger(head.hlc) ? head : null;
  } catch {
    return null;
  }
}

/** A place in the index, and the head of an entry. */
const INDEXED_BYTES = 60;
const UNSOUND_MAX = 16;
const ASIDE = 'aside/';
const NEWLINE = 10;
const NOTHING = Buffer.alloc(0);
const ON_HEAL = ['merge', 'promote-oldest', 'promote-largest', 'manual'];
const PARTITION_MODES = ['available', 'majority'];
const ANONYMOUS_CLIENTS = ['refuse', 'allow'];
const NUMBER_RANGES: Record<string, [min: number, max: number, unit: string]> = {
  'set-aside-days': [1, 3650, 'days'],
  'failure-timeout': [200, 600_000, 'milliseconds'],
  'clock-skew-limit': [100, 3_600_000, 'milliseconds'],
};

function parseSetting(key: string, value: string): Partial<Settings> | undefined {
  if (key === 'on-heal') return ON_HEAL.includes(value) || isPolicy(value) ? { 'on-heal': value } : undefined;
  if (key === 'partition-mode') {
    return PARTITION_MODES.includes(value) ? { 'partition-mode': value as Settings['partition-mode'] } : undefined;
  }
  if (key === 'anonymous-clients') {
    return ANONYMOUS_CLIENTS.includes(value) ? { [key]: value as Settings['anonymous-clients'] } : undefined;
  }
  const range = NUMBER_RANGES[key];
  if (range === undefined || !/^\d+$/.test(value)) return undefined;
  const number = Number(value);
  return number >= range[0] && number <= range[1] ? { [key]: number } : undefined;
}

/** Whom it prefers is another question: names come and go. */
function isPolicy(text: string): boolean {
  try {
    return readPolicy(text, (name) => name) !== null;
  } catch {
    return false;
  }
}

/** How the values of a setting are written. */
export function settingRange(key: string): string {
  if (key === 'on-heal') return `${ON_HEAL.join(', ')}, or a policy such as cart:=prefer:a,pay:=manual,=lww`;
  if (key === 'partition-mode') return PARTITION_MODES.join(', ');
  if (key === 'anonymous-clients') return ANONYMOUS_CLIENTS.join(', ');
  const [min, max, unit] = NUMBER_RANGES[key] ?? [0, 0, ''];
  return `a whole number of ${unit} from ${min} to ${max}`;
}

function splitName(key: Bytes): [kind: string, id: string | undefined] {
  const name = Buffer.from(key).toString();
  const slash = name.indexOf('/');
  return slash < 0 ? [name, undefined] : [name.slice(0, slash), name.slice(slash + 1)];
}

function startsWith(key: Bytes, prefix: string): boolean {
  if (key.length < prefix.length) return false;
  for (let i = 0; i < prefix.length; i++) if (key[i] !== prefix.charCodeAt(i)) return false;
  return true;
}
