import type { Context } from './context.js';
import { OperatorError } from './errors.js';
import type { Settings } from './records.js';

/** The founder of a cluster is its first member, and writes its first settings. */
export function foundCluster({ records, self, ports }: Context, settings: Partial<Settings>): void {
  const { replica, name, address, memoryOnly } = self;
  records.putMember({ replica, name, address, memoryOnly, state: 'member', joinedMs: ports.wallMs(), via: null });
  for (const [key, value] of Object.entries(settings)) records.putSetting(key, String(value));
  ports.storage.setMeta('joined', true);
}

/** A member that comes back with another name or address says so in its record. */
export function announceSelf({ records, self }: Context): void {
  const record = records.member(self.replica);
  if (record === undefined || (record.name === self.name && record.address === self.address)) return;
  const holder = records.byName(self.name);
  if (holder !== undefined && holder.replica !== self.replica) {
    throw new OperatorError(
      'name-taken',
      `This is the data of ${record.name}, and ${self.name} is another member of its cluster, at ${holder.address}.`,
      `mneme cluster start --name ${record.name}, with the directory of ${record.name}`,
    );
  }
  if (record.state === 'member') records.putMember({ ...record, name: self.name, address: self.address });
}
