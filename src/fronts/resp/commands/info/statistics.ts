import type { Context } from '../../session.js';
import type { Section } from './sections.js';

export function commandstatsSection({ host }: Context): Section {
  const rows = host.activity.stats.commands.map(([name, { calls, microseconds, rejected, failed }]) => {
    const usec = Math.round(microseconds);
    const each = (calls === 0 ? 0 : usec / calls).toFixed(2);
    const text = `calls=${calls},usec=${usec},usec_per_call=${each},rejected_calls=${rejected},failed_calls=${failed}`;
    return [`cmdstat_${name}`, text];
  });
  return Object.fromEntries(rows);
}

export function errorstatsSection({ host }: Context): Section {
  return Object.fromEntries(host.activity.stats.errors.map(([code, count]) => [`errorstat_${code}`, `count=${count}`]));
}
