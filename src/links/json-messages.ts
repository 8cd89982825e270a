import type { AckData, FenceSight, GateState, Message, SeparationData, Sighting } from '../core/messages.js';
import type { Group } from '../core/store.js';
import type { VectorData } from '../core/vector.js';
import type { BinaryMessage } from './binary-messages.js';
import { type ByteReader, malformed } from './byte-reader.js';
import {
  boot,
  type Check,
  flag,
  incident,
  listOf,
  nullable,
  number,
  objectOf,
  oneOf,
  optional,
  origin,
  recordOf,
  replicaId,
  text,
  whole,
} from './checks.js';
import { openFrame, sealFrame } from './frame.js';

/** The messages that are rare and small: JSON, so that a node of another version can still read a hello and a refusal. */
export type JsonMessage = Exclude<Message, BinaryMessage>;

export function encodeJson(message: JsonMessage): Buffer {
  const { type, ...fields } = message;
  const payload = JSON.stringify(fields);
  const writer = openFrame(type, Buffer.byteLength(payload));
  writer.text(payload);
  return sealFrame(writer);
}

export function decodeJson(type: JsonMessage['type'], reader: ByteReader): JsonMessage {
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

const vector = objectOf<VectorData>({ seqs: recordOf(origin, whole), floors: recordOf(replicaId, boot) });
const fences = recordOf(incident, objectOf<FenceSight>({ fence: whole, clock: whole }));
const ack = objectOf<AckData>({ boot, data: vector, system: vector, fences: optional(fences) });
const group = oneOf('data', 'system');
const gate: Check<GateState> = oneOf('comparing', 'open', 'split', 'clock-skew', 'joining');
const separation = objectOf<SeparationData>({ sinceMs: number, mark: vector, split: flag });

const CHECKS: { readonly [Type in JsonMessage['type']]: Check<FieldsOf<Type>> } = {
  hello: objectOf<FieldsOf<'hello'>>({
    protocol: whole,
    clusterId: nullable(text),
    replica: replicaId,
    boot,
    previousBoot: boot,
    name: text,
    address: text,
    memoryOnly: flag,
    wallMs: number,
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
    ),
    message: text,
    clusterId: nullable(text),
    replica: replicaId,
    boot,
  }),
  compare: objectOf<FieldsOf<'compare'>>({
    island: vector,
    mark: nullable(vector),
    sinceMs: number,
    separations: recordOf(replicaId, separation),
  }),
  gate: objectOf<FieldsOf<'gate'>>({ state: gate }),
  beat: objectOf<FieldsOf<'beat'>>({
    count: whole,
    wallMs: number,
    hlc: whole,
    echo: nullable(
      objectOf<{ wallMs: number; ageMs: number; count: number }>({ wallMs: number, ageMs: number, count: whole }),
    ),
    gate,
    seen: recordOf(replicaId, objectOf<Sighting>({ boot, count: whole })),
    apart: recordOf(replicaId, separation),
    acks: recordOf(replicaId, ack),
  }),
  behind: objectOf<FieldsOf<'behind'>>({ group, lost: flag }),
  'snapshot-request': objectOf<FieldsOf<'snapshot-request'>>({ id: whole }),
  'snapshot-begin': objectOf<FieldsOf<'snapshot-begin'>>({
    id: whole,
    system: vector,
    data: vector,
    covers: objectOf<Record<Group, VectorData>>({ system: vector, data: vector }),
    entryCount: number,
    separations: recordOf(replicaId, separation),
  }),
  'snapshot-end': objectOf<FieldsOf<'snapshot-end'>>({ id: whole }),
  'snapshot-credit': objectOf<FieldsOf<'snapshot-credit'>>({ id: whole, parts: whole }),
  read: objectOf<FieldsOf<'read'>>({ id: whole, from: vector, upto: vector }),
  'stubs-reply': objectOf<FieldsOf<'stubs-reply'>>({ id: whole, agreed: listOf(whole), system: vector }),
  bye: objectOf<FieldsOf<'bye'>>({ reason: oneOf('stopping', 'leaving') }),
};
