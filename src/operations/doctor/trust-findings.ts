import type { HealthReply } from '../../admin/protocol/health.js';
import { advice, quoteWord } from '../../hints/advice.js';

/** Time enough to have a new one made. */
export const CERTIFICATE_DAYS = 30;
const DAY_MS = 86_400_000;

/** What of a node's certificate and secret is to be mended. */
export function trustFindings(
  node: string,
  trust: HealthReply['trust'],
  nowMs: number,
): { node: string; text: string; next: string }[] {
  if (trust === undefined) return [];
  const { certificate, openSecretFile, openKeyFile = null } = trust;
  const found: { node: string; text: string; next: string }[] = [];
  if (certificate !== null && certificate.endsMs - nowMs < CERTIFICATE_DAYS * DAY_MS)
    found.push({
      node,
      text: `${node}: its certificate ${endOf(certificate.endsMs, nowMs)}`,
      next: advice(
        `ls -l ${quoteWord(certificate.path)}`,
        `On the machine of ${node}: put a new one there, with its key. The node takes it without a restart.`,
      ),
    });
  if (openSecretFile !== null)
    found.push({
      node,
      text: `${node}: others can read ${openSecretFile}, the cluster's secret`,
      next: advice(
        `chmod 600 ${quoteWord(openSecretFile)}`,
        `On the machine of ${node}. If others may have read it, give the cluster a new one: mneme cluster secret`,
      ),
    });
  if (openKeyFile !== null)
    found.push({
      node,
      text: `${node}: others can read ${openKeyFile}, the key of its certificate`,
      next: advice(
        `chmod 600 ${quoteWord(openKeyFile)}`,
        `On the machine of ${node}. If others may have read it, have another key and certificate made: they are taken without a restart.`,
      ),
    });
  return found;
}

// ---

function endOf(endsMs: number, nowMs: number): string {
  const day = new Date(endsMs).toISOString().slice(0, 10);
  return endsMs < nowMs ? `has ended, on ${day}` : `ends on ${day}`;
}
