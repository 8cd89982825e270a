import { type Acquaintance, type Presence, type Promised, SEES_MAX } from '../core/membership/presence.js';
import { isMemberAddress, isNodeName } from '../core/model/names.js';
import type { VectorData } from '../core/model/vector.js';
import type {
  AckData,
  FenceSight,
  GateState,
  Message,
  SeparationData,
  Sighting,
} from '../core/replication/messages.js';
import type { Group } from '../core/store/store.js';
import type { BinaryMessage } from './binary-messages.js';
import { type ByteReader, malformed } from './byte-reader.js';
import {
  boot,
  type Check,
  counter,
  flag,
  incident,
  listOf,
  nullable,
  objectOf,
  oneOf,
  optional,
  origin,
  recordOf,
  replicaId,
  text,
  time,
  whole,
} from './checks.js';
import { openFrame, sealFrame } from './frame.js';

/** The messages that are rare and small: JSON, so that a node of another version can still read a hello and a refusal. */
export type JsonMessage = Exclude<Message, BinaryMessage>;

/** Far more than the vectors of a large cluster take, and read in a moment. */
const JSON_BYTES_MAX = 16 * 1024 * 1024;

export function encodeJson(message: JsonMessage): Buffer {
  const { type, ...fields } = message;
  const payload = JSON.stringify(fields);
  const writer = openFrame(type, Buffer.byteLength(payload));
  writer.text(payload);
  return sealFrame(writer);
}

export function decodeJson(type: JsonMessage['type'], reader: ByteReader): JsonMessage {
  if (reader.remaining > JSON_BYTES_MAX) throw malformed(`a ${type} of ${reader.remaining} bytes`);
  const source = reader.text();
  let value: unknown;
  try {
    value = JSON.parse(source);
  } catch (cause) {
    throw malformed(`${type} is not JSON`, { cause });
  }
  const check: Check<object> = CHECKS[type];
  return { type, ...check(value, type) } as JsonMessage;
}

// -----------------------------------------------------------------------------------------------

type FieldsOf<Type extends JsonMessage['type']> = Omit<Extract<JsonMessage, { type: Type }>, 'type'>;

const vector = objectOf<VectorData>({ seqs: recordOf(origin, counter), floors: recordOf(replicaId, boot) });
const fences = recordOf(incident, objectOf<FenceSight>({ fence: whole, clock: whole }));
const ack = objectOf<AckData>({
  boot,
  data: vector,
  system: vector,
  fences: optional(fences),
  atMs: optional(time),
});
const group = oneOf('data', 'system');
const gate: Check<GateState> = oneOf('comparing', 'open', 'split', 'clock-skew', 'joining');
const separation = objectOf<SeparationData>({
  sinceMs: time,
  mark: vector,
  split: flag,
  judgedMs: optional(time),
});

const name: Check<string> = (value, path) => {
  const found = text(value, path);
  if (!isNodeName(found)) throw malformed(`${path}: no name of a node`);
  return found;
};
const address: Check<string> = (value, path) => {
  const found = text(value, path);
  if (!isMemberAddress(found)) throw malformed(`${path}: no address of a node`);
  return found;
};
const clusterId: Check<string> = (value, path) => {
  const found = text(value, path);
  if (!/^[\w-]{1,64}$/.test(found)) throw malformed(`${path}: no id of a cluster`);
  return found;
};
const acquaintance = objectOf<Acquaintance>({ replica: replicaId, name, address });
const presence = objectOf<Presence>({
  replica: replicaId,
  boot,
  count: counter,
  name,
  address,
  clusterId: nullable(clusterId),
  isMember: flag,
  expects: nullable(whole),
  sees: (value, path) => listOf(acquaintance)(Array.isArray(value) ? value.slice(0, SEES_MAX) : value, path),
  promise: nullable(objectOf<Promised>({ replica: replicaId, boot, round: counter })),
  opens: flag,
});

const CHECKS: { readonly [Type in JsonMessage['type']]: Check<FieldsOf<Type>> } = {
  hello: objectOf<FieldsOf<'hello'>>({
    protocol: whole,
    protocolOldest: optional(whole),
    version: optional(text),
    clusterId: nullable(text),
    replica: replicaId,
    boot,
    previousBoot: boot,
    name: text,
    address: text,
    memoryOnly: flag,
    keepsWhole: optional(flag),
    takesParts: optional(flag),
    wallMs: time,
  }),
  refuse: objectOf<FieldsOf<'refuse'>>({
    code: oneOf(
      'wrong-cluster',
      'name-taken',
      'forgotten',
      'protocol',
      'self',
      'not-in-cluster',
      'second-instance',
      'passed',
      'bad-name',
      'untrusted',
    ),
    message: text,
    clusterId: nullable(text),
    replica: replicaId,
    boot,
  }),
  compare: objectOf<FieldsOf<'compare'>>({
    island: vector,
    members: listOf(replicaId),
    mark: nullable(vector),
    sinceMs: time,
    separations: recordOf(replicaId, separation),
  }),
  gate: objectOf<FieldsOf<'gate'>>({ state: gate }),
  beat: objectOf<FieldsOf<'beat'>>({
    count: counter,
    wallMs: time,
    hlc: whole,
    echo: nullable(
      objectOf<{ wallMs: number; ageMs: number; count: number }>({ wallMs: time, ageMs: time, count: counter }),
    ),
    gate,
    leaves: optional(flag),
    seen: recordOf(replicaId, objectOf<Sighting>({ boot, count: counter })),
    links: listOf(replicaId),
    apart: recordOf(replicaId, separation),
    acks: recordOf(replicaId, ack),
  }),
  behind: objectOf<FieldsOf<'behind'>>({ group, lost: flag }),
  'snapshot-request': objectOf<FieldsOf<'snapshot-request'>>({ id: counter }),
  'snapshot-begin': objectOf<FieldsOf<'snapshot-begin'>>({
    id: counter,
    system: vector,
    data: vector,
    covers: objectOf<Record<Group, VectorData>>({ system: vector, data: vector }),
    entryCount: counter,
    separations: recordOf(replicaId, separation),
  }),
  'snapshot-end': objectOf<FieldsOf<'snapshot-end'>>({ id: counter }),
  'snapshot-credit': objectOf<FieldsOf<'snapshot-credit'>>({ id: counter, parts: whole }),
  read: objectOf<FieldsOf<'read'>>({
    id: counter,
    from: vector,
    upto: vector,
    keys: optional(listOf(text)),
    after: optional(text),
  }),
  'stubs-reply': objectOf<FieldsOf<'stubs-reply'>>({ id: counter, agreed: listOf(whole), system: vector }),
  bye: objectOf<FieldsOf<'bye'>>({ reason: oneOf('stopping', 'leaving') }),
  look: objectOf<FieldsOf<'look'>>({ from: nullable(presence) }),
  present: objectOf<FieldsOf<'present'>>({ presence }),
};
