/** What a user may do: each may do all that those before it may. */
export const ROLES = ['read', 'write', 'admin'] as const;
export type Role = (typeof ROLES)[number];

/** Whether a role is enough where another one is asked for. */
export function covers(has: Role, needed: Role): boolean {
  return ROLES.indexOf(has) >= ROLES.indexOf(needed);
}

export function isRole(value: unknown): value is Role {
  return ROLES.some((role) => role === value);
}
