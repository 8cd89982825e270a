import { EVENT_KINDS, type EventKind } from '../../../core/model/about.js';
import { closest } from '../../../core/model/closest.js';
import { OperatorError } from '../../../core/model/errors.js';
import type { Node } from '../../../node/node.js';
import type { AdminApi, EventsReply } from '../../protocol/api.js';

const LIMIT = 1000;
const WAIT_MS_MAX = 30_000;

export async function events(node: Node, request: AdminApi['EVENTS']['request']): Promise<EventsReply> {
  const { after = 0, sinceMs = 0, limit = LIMIT, waitMs = 0, remarks = false } = request;
  const query = {
    after: wholeNumber('after', after),
    sinceMs: wholeNumber('sinceMs', sinceMs),
    kinds: request.kinds?.map(kindOf) ?? null,
    limit: Math.max(1, Math.min(LIMIT, wholeNumber('limit', limit))),
  };
  const untilMs = performance.now() + Math.min(WAIT_MS_MAX, wholeNumber('waitMs', waitMs));
  let page = await node.events.read(query);
  while (page.events.length === 0 && !page.hasMore && performance.now() < untilMs) {
    await node.events.wait(untilMs - performance.now());
    const { missed } = page;
    page = await node.events.read({ ...query, after: Math.max(query.after, page.next) });
    page = { ...page, missed: page.missed + missed };
  }
  const { name, replica } = node.core.status.self;
  return {
    ...{ name, replica },
    ...page,
    events: [...page.events],
    ...(remarks ? { remarks: [...node.events.remarks] } : {}),
  };
}

// ---

function wholeNumber(name: string, value: unknown): number {
  if (Number.isSafeInteger(value) && (value as number) >= 0) return value as number;
  throw new OperatorError('usage', `MNEME EVENTS takes a whole number as "${name}", not ${JSON.stringify(value)}`);
}

function kindOf(kind: string): EventKind {
  const known = EVENT_KINDS.find((one) => one === kind);
  if (known !== undefined) return known;
  const meant = closest(kind, EVENT_KINDS);
  const guess = meant === null ? '' : `; did you mean ${meant}?`;
  throw new OperatorError('usage', `"${kind}" is no kind of event${guess}`, `There are ${EVENT_KINDS.join(', ')}.`);
}
