const LEFT_OUT = '(left out: it names keys)';
/** Policies by the beginnings of keys. */
const RULES = /=/;

/** A reply without what names keys of clients: fields that hold them, rules by prefix, and what a policy left to the operator. */
export function withoutKeys(value: unknown, field = ''): unknown {
  if (Array.isArray(value)) return value.map((one) => withoutKeys(one));
  if (typeof value === 'object' && value !== null) {
    const kept = Object.entries(value).filter(([name]) => name !== 'key' && !name.endsWith('Base64'));
    return Object.fromEntries(kept.map(([name, one]) => [name, withoutKeys(one, name)]));
  }
  return typeof value === 'string' && namesKeys(field, value) ? LEFT_OUT : value;
}

/** The same of an event: its message, where it names some. */
export function eventWithoutKeys<E extends { message: string; keys: boolean; kind: string }>(event: E): E {
  const isOf = event.keys || ((event.kind === 'act' || event.kind === 'setting') && RULES.test(event.message));
  return isOf ? { ...event, message: LEFT_OUT } : event;
}

function namesKeys(field: string, text: string): boolean {
  if (field === 'on-heal' || field === 'strategy') return RULES.test(text);
  return field === 'problem' && text.includes('left to the operator');
}
