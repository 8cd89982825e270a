import type { Context, Self } from '../context.js';
import { OperatorError } from '../model/errors.js';
import { originOf } from '../model/version.js';
import { GROUPS } from '../store/store.js';
import { BESIDE_REDIS } from './parts-support.js';
import type { MemberRecord, Records, Settings } from './records.js';

/** The founder of a cluster is its first member, and writes its first settings. */
export function foundCluster({ records, self, ports }: Context, settings: Partial<Settings>): void {
  const { replica, name, address, memoryOnly } = self;
  const whole = self.keepsWhole ? BESIDE_REDIS : {};
  const record = {
    replica,
    name,
    address,
    memoryOnly,
    ...whole,
    state: 'member',
    joinedMs: ports.wallMs(),
    via: null,
  } as const;
  records.putMember(record);
  for (const [key, value] of Object.entries(settings)) records.putSetting(key, String(value));
  ports.storage.setMeta('joined', true);
}

/** Nodes that gathered found a cluster: this one with the first who asks to be let in, with nobody if nobody else is expected. */
export function foundGathered(context: Context, clusterId: string, settings: Partial<Settings>, expects: number): void {
  const { self, ports } = context;
  self.clusterId = clusterId;
  self.isJoined = true;
  self.previousBoot = self.boot;
  ports.storage.setMeta('clusterId', clusterId);
  if (expects > 1) ports.storage.setMeta(FOUNDING, true);
  foundCluster(context, settings);
  context.log('info', `founds the new cluster ${clusterId}`, { kind: 'start' });
}

/**
 * A member that comes back says so: it writes its record if its name or address has changed, and a note of its start, so that each
 * boot has a write by which others can tell that they know of it.
 */
export function announceSelf({ records, self }: Context): void {
  const record = records.member(self.replica);
  if (record === undefined) return;
  records.putStart(self.replica, self.boot);
  const { keepsWhole = false, takesParts = false } = record;
  const isAsBefore = keepsWhole === self.keepsWhole && takesParts === self.keepsWhole;
  if (record.name === self.name && record.address === self.address && isAsBefore) return;
  checkName(record, self, records);
  if (record.state === 'member') {
    const { keepsWhole: _, takesParts: __, ...rest } = record;
    records.putMember({
      ...rest,
      ...(self.keepsWhole && BESIDE_REDIS),
      name: self.name,
      address: self.address,
    });
  }
}

/**
 * Writes anew, under this boot, the entries that this replica wrote under a boot that others take for past, because its clock stood
 * behind an earlier start: nobody would ever believe them.
 */
export function writeAnew({ ports, self, replicas }: Context): void {
  const passed = (ports.storage.getMeta(PASSED) ?? []) as number[];
  if (passed.length === 0) return;
  for (const boot of passed) {
    const origin = originOf(self.replica, boot);
    for (const group of GROUPS) {
      const replica = replicas[group];
      for (const { key } of replica.store.rows(origin, 0, Number.MAX_SAFE_INTEGER, Number.MAX_SAFE_INTEGER)) {
        const entry = replica.store.get(key);
        if (entry === undefined || entry.evicted === true) continue;
        if (entry.origin === origin) replica.write(key, entry.value, entry.expiryMs, entry.type);
        else if (entry.touch?.origin === origin) replica.touch(entry, entry.expiryMs);
      }
    }
  }
  ports.storage.setMeta(PASSED, undefined);
}

/** A later start than this one is known: the next one comes after it. */
export function notePassed({ ports, self }: Context, laterBoot: number): void {
  const passed = (ports.storage.getMeta(PASSED) ?? []) as number[];
  ports.storage.setMeta(PASSED, [...passed, self.boot]);
  ports.storage.setMeta('boot', Math.max(self.boot, laterBoot));
}

// ---------------------------------------------------------------------------------------------------------------------

const PASSED = 'passedBoots';

/** Kept until a second member is in. */
export const FOUNDING = 'founding';

function checkName(record: MemberRecord, self: Self, records: Records): void {
  const holder = records.byName(self.name);
  if (record.name === self.name || holder === undefined || holder.replica === self.replica) return;
  throw new OperatorError(
    'name-taken',
    `This is the data of ${record.name}, and ${self.name} is another member of its cluster, at ${holder.address}.`,
    { code: 'start-as-itself', name: self.name, owner: record.name },
  );
}
