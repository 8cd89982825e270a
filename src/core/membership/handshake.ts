import type { Context } from '../context.js';
import { harmless, isMemberAddress, isNodeName, NAME_RULE } from '../model/names.js';
import type { Hello, RefuseCode } from '../replication/messages.js';
import { partsFaultOf } from './parts-support.js';
import type { MemberRecord } from './records.js';
import { versionFault } from './versions.js';

export type Admission =
  | { readonly kind: 'accept' }
  /** A node asks to become a member. */
  | { readonly kind: 'join' }
  | { readonly kind: 'refuse'; readonly code: RefuseCode; readonly message: string };

/** Whether a link with the sender of a hello can be. Pure. */
export function admit(context: Context, hello: Hello): Admission {
  const { self, records } = context;
  const fault = faultOfHello(hello);
  if (fault !== null) return refuse('bad-name', fault);
  const gap = versionFault(self, hello);
  if (gap !== null) return refuse('protocol', gap);
  const partsFault = context.replicas.data.store.owners.size === 0 ? null : partsFaultOf(hello);
  if (partsFault !== null)
    return refuse(
      'protocol',
      `the cluster of ${self.name} has hashes, sets, sorted sets or counters, and ${partsFault}`,
    );
  if (hello.replica === self.replica) {
    if (hello.boot === self.boot) return refuse('self', `${hello.address} is the address of this node itself`);
    return refuse(
      'self',
      `${hello.name} runs twice, from copies of one directory: at ${self.address} and at ${hello.address}`,
    );
  }
  if (self.clusterId === null) {
    if (hello.clusterId === null) return refuse('not-in-cluster', `${self.name} is not in a cluster yet`);
    return { kind: 'accept' };
  }
  if (hello.clusterId === null) return admitJoiner(context, hello);
  if (hello.clusterId !== self.clusterId) {
    return refuse('wrong-cluster', `${self.name} is in cluster ${self.clusterId}, ${hello.name} in ${hello.clusterId}`);
  }
  const record = records.member(hello.replica);
  if (record !== undefined && record.state !== 'member') {
    return refuse(
      'forgotten',
      `${hello.name} ${record.state === 'left' ? 'has left' : 'was forgotten by'} the cluster ${self.clusterId}`,
    );
  }
  return { kind: 'accept' };
}

/** The member record that lets a joiner in. */
export function joinerRecord(context: Context, hello: Hello): MemberRecord {
  return {
    replica: hello.replica,
    name: hello.name,
    address: hello.address,
    state: 'member',
    joinedMs: context.ports.wallMs(),
    via: context.self.replica,
    memoryOnly: hello.memoryOnly,
    ...(hello.keepsWhole === true && { keepsWhole: true }),
    ...(hello.takesParts === true && { takesParts: true }),
  };
}

/** Name and address go into records, tables, logs and commands. */
function faultOfHello({ name, address }: Hello): string | null {
  if (!isNodeName(name)) return `"${harmless(name)}" cannot be a node's name: it takes ${NAME_RULE}`;
  if (!isMemberAddress(address))
    return `"${harmless(address)}" cannot be the address of ${name}: others could not dial it`;
  return null;
}

function admitJoiner(context: Context, hello: Hello): Admission {
  const { records, peers } = context;
  const known = records.member(hello.replica);
  if (known !== undefined && known.state !== 'member') {
    return refuse('forgotten', `${hello.name} is no member of this cluster any more`);
  }
  const holder = records.byName(hello.name);
  if (holder === undefined || holder.replica === hello.replica) return { kind: 'join' };
  // A memory-only node that restarted has nothing left of its former self.
  if (holder.memoryOnly && !peers.has(holder.replica)) return { kind: 'join' };
  return refuse('name-taken', `the name ${hello.name} is taken by the member at ${holder.address}`);
}

function refuse(code: RefuseCode, message: string): Admission {
  return { kind: 'refuse', code, message };
}
