import type { EntryFacts, IncidentView, SetAsideFacts, TouchFacts } from '../../admin/protocol/api.js';
import { textOf } from '../../operations/common/text-bytes.js';
import type { EntryDeleteResult } from '../../operations/entry/delete.js';
import type { ExportResult } from '../../operations/entry/export.js';
import type { EntryValue } from '../../operations/entry/get.js';
import type { ImportResult } from '../../operations/entry/import.js';
import type { EntryInspection, InspectedParts } from '../../operations/entry/inspect.js';
import type { EntryList } from '../../operations/entry/list.js';
import type { CollectionPart } from '../../operations/entry/parts.js';
import type { EntrySetResult } from '../../operations/entry/set.js';
import type { aside, entry, touch } from '../shapes/common.js';
import type * as shapes from '../shapes/entry.js';
import type { Of } from '../shapes/shape.js';
import { beginningOfBase64, keyJson } from './bytes.js';
import { incidentJson } from './incidents.js';
import { whoOf, writerOf } from './members.js';

export function entryJson(facts: EntryFacts): Of<typeof entry> {
  const { type = 'string', tombstone, evicted = false, writer, writtenMs, hlc, origin, seq } = facts;
  const { expiryMs, touch, parts = null, valueBytes, valueHash, previewBase64 } = facts;
  return {
    ...keyJson(facts),
    ...{ type, tombstone, evicted, parts, writer: writerOf(writer, origin), writtenMs, hlc, origin, seq },
    ...{ expiryMs: expiryMs === 0 ? null : expiryMs, touch: touch === undefined ? null : touchJson(touch) },
    ...{ valueBytes, valueHash },
    ...{ preview: previewBase64 === null ? null : beginningOfBase64(previewBase64), previewBase64 },
  };
}

function touchJson({ writer, writtenMs, hlc, origin, seq }: TouchFacts): Of<typeof touch> {
  return { writer: writerOf(writer, origin), writtenMs, hlc, origin, seq };
}

export function entryOrNull(facts: EntryFacts | null): Of<typeof entry> | null {
  return facts === null ? null : entryJson(facts);
}

/** The names of its island's members are told; its number is among those of its incident. */
export function asideJson(facts: SetAsideFacts, incidents: readonly IncidentView[]): Of<typeof aside> {
  const islands = incidents.find(({ id }) => id === facts.incident)?.islands ?? [];
  const index = islands.findIndex(({ members }) => members.join(', ') === facts.island);
  const { hlc, origin } = facts.standing;
  const writer = whoOf(islands.flatMap(({ members, replicas }) => named(members, replicas)));
  return {
    ...keyJson(facts),
    incident: facts.incident,
    island: index === -1 ? null : index + 1,
    overridden: entryJson(facts.overridden),
    standing: origin === '' ? null : { hlc, origin, writer: writer(writerOf('', origin).replica) },
    now: entryOrNull(facts.now),
    writtenSince: facts.writtenSince,
    keptUntilMs: facts.keptUntilMs,
  };
}

export function entryGetJson({ collection, ...value }: EntryValue): Of<typeof shapes.entryGet> {
  if (collection === null) return { ...value, type: value.found ? 'string' : null, parts: null, more: 0 };
  const { type, parts, size } = collection;
  return { ...value, type, parts: parts.map(partJson), more: Math.max(0, size - parts.length) };
}

function partJson({ name, value, score }: CollectionPart): NonNullable<Of<typeof shapes.entryGet>['parts']>[number] {
  const ofValue = { value: value === undefined ? null : textOf(value), valueBase64: value?.toString('base64') ?? null };
  return { name: textOf(name), nameBase64: name.toString('base64'), ...ofValue, score: score ?? null };
}

export function entrySetJson(result: EntrySetResult): Of<typeof shapes.entrySet> {
  return { ...result };
}

export function entryDeleteJson(result: EntryDeleteResult): Of<typeof shapes.entryDelete> {
  return { ...result };
}

export function entryImportJson(result: ImportResult): Of<typeof shapes.entryImport> {
  return { ...result };
}

export function entryExportJson(result: ExportResult & { output: string | null }): Of<typeof shapes.entryExport> {
  const { node, replica, exported, leftOut = 0, evicted = 0, output } = result;
  return { node: { name: node, replica }, exported, leftOut, evicted, output };
}

export function entryListJson({ node, replica, database, entries, truncated }: EntryList): Of<typeof shapes.entryList> {
  return { node: { name: node, replica }, database, entries: entries.map(entryJson), truncated };
}

export function entryInspectJson(inspection: EntryInspection): Of<typeof shapes.entryInspect> {
  const { state, verdict, next, versions, parts } = inspection;
  const { unreachable, setAside, incidents, members } = inspection;
  const who = whoOf(members);
  return {
    ...{ ...keyJson(inspection), state, verdict, next },
    versions: versions.map(({ node, island, live, stands, entry: facts }) => {
      return { node: who(node), island, live, stands, entry: entryOrNull(facts) };
    }),
    parts: parts === null ? null : partsJson(parts, who),
    unreachable,
    setAside: setAside.map((facts) => asideJson(facts, incidents)),
    incidents: incidents.map(incidentJson),
  };
}

function partsJson(
  { node, seen, whole, newest, lookedAt, hidden }: InspectedParts,
  who: ReturnType<typeof whoOf>,
): Of<typeof shapes.inspectedParts> {
  return {
    node: who(node),
    type: seen?.type ?? 'string',
    size: seen?.parts ?? null,
    whole: entryOrNull(whole),
    newest: newest.map(entryJson),
    lookedAt,
    hidden: hidden.map(({ type, parts }) => ({ type, parts })),
  };
}

function named(members: readonly string[], replicas: readonly string[]) {
  return members.map((name, i) => ({ name, replica: replicas[i] ?? name }));
}
