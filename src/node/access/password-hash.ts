import { randomBytes, type ScryptOptions, scrypt, timingSafeEqual } from 'node:crypto';
import type { PasswordRecord } from '../../core/membership/user-records.js';

/**
 * The costs of scrypt for a new password: 16 MiB and about a fifth of a second of one core, among those that OWASP's "Password Storage
 * Cheat Sheet" names. Each record says its own, so that they can rise.
 */
const COSTS = { cost: 2 ** 14, blockSize: 8, parallelization: 5 };
const SALT_BYTES = 16;
const KEY_BYTES = 32;

export async function hashPassword(password: Uint8Array): Promise<PasswordRecord> {
  const salt = randomBytes(SALT_BYTES);
  const key = await derive(password, salt, KEY_BYTES, COSTS);
  return { saltBase64: salt.toString('base64'), keyBase64: key.toString('base64'), ...COSTS };
}

/** Whether it is the password of which the record was made. It takes as long where there is no record. */
export async function isPassword(password: Uint8Array, record: PasswordRecord | null): Promise<boolean> {
  const { saltBase64, keyBase64, cost, blockSize, parallelization } = record ?? NOBODYS;
  const key = Buffer.from(keyBase64, 'base64');
  const salt = Buffer.from(saltBase64, 'base64');
  const found = await derive(password, salt, key.length, { cost, blockSize, parallelization });
  return timingSafeEqual(found, key) && record !== null;
}

// ---

const NOBODYS: PasswordRecord = {
  saltBase64: Buffer.alloc(SALT_BYTES).toString('base64'),
  keyBase64: Buffer.alloc(KEY_BYTES).toString('base64'),
  ...COSTS,
};

function derive(password: Uint8Array, salt: Buffer, length: number, costs: typeof COSTS): Promise<Buffer> {
  const { cost, blockSize } = costs;
  const options: ScryptOptions = { ...costs, maxmem: 128 * cost * blockSize + 128 * blockSize * 32 + 1024 * 1024 };
  return new Promise((resolve, reject) => {
    scrypt(password, salt, length, options, (error, key) => (error === null ? resolve(key) : reject(error)));
  });
}
