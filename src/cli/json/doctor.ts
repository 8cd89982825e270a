import { readAdvice } from '../../hints/advice.js';
import type { Diagnosis } from '../../operations/doctor/doctor.js';
import type * as shapes from '../shapes/doctor.js';
import type { Of } from '../shapes/shape.js';

export function doctorJson({ clusterId, members, checks, findings }: Diagnosis): Of<typeof shapes.diagnosis> {
  return {
    healthy: findings.length === 0,
    clusterId,
    members,
    checks,
    findings: findings.map(({ check, node, text, next }) => {
      const { command, note } = readAdvice(next);
      return { check, node, text, next: command, note };
    }),
  };
}
