import { Flags } from '@oclif/core';
import { CLIENT_DATABASES } from '../core/model/entry.js';
import { parseDuration } from '../operations/common/durations.js';
import { parseSize } from '../operations/common/sizes.js';

/** Flags that several commands share, so that they read the same everywhere. */

export const yesFlag = Flags.boolean({ char: 'y', summary: 'do not ask; needed without a terminal' });

/** For an operator without a quorum who knows that the others are gone. */
export const forceFlags = {
  force: Flags.boolean({ summary: "in majority mode, without a majority in sight: after the cluster's id was typed" }),
  cluster: Flags.string({
    helpValue: 'ID',
    summary: "the cluster's id, to go with --force where nobody can be asked",
    dependsOn: ['force'],
  }),
};

export const dryRunFlag = Flags.boolean({ summary: 'show the plan and change nothing' });

export const prefixFlag = Flags.string({ helpValue: 'TEXT', summary: 'only keys that begin with this' });

export function limitFlag(limit: number) {
  return Flags.integer({ default: limit, min: 1, helpValue: 'COUNT', summary: 'show at most this many' });
}

export const databaseFlag = Flags.integer({
  default: 0,
  min: 0,
  max: CLIENT_DATABASES - 1,
  helpValue: 'NUMBER',
  summary: 'database',
});

const BASE64 = 'keys and values are base64, for bytes that a shell cannot carry';

export const base64Flag = Flags.boolean({ summary: BASE64 });

/** The same where a key is named by a flag, and may be none. */
export const keyFlags = {
  key: Flags.string({ helpValue: 'KEY', summary: 'this key alone' }),
  db: Flags.integer({
    min: 0,
    max: CLIENT_DATABASES - 1,
    helpValue: 'NUMBER',
    summary: 'database; default: 0',
    dependsOn: ['key'],
  }),
  base64: Flags.boolean({ summary: BASE64, dependsOn: ['key'] }),
};

export const policyFlag = Flags.string({
  helpValue: 'POLICY',
  summary:
    'lww, keep-longest-ttl, prefer:<node>, rules such as cart:=prefer:a,=lww, or a file of rules, or a policy module; default: on-heal where it is a policy, else lww',
});

/** A duration such as `500ms` or `5s`, in milliseconds. */
export const durationFlag = Flags.custom<number>({
  helpValue: 'DURATION',
  parse: async (text) => parseDuration(text),
});

/** A size such as `100mb`, in bytes. */
export const sizeFlag = Flags.custom<number>({ helpValue: 'SIZE', parse: async (text) => parseSize(text) });

/** `--prefix` for an operation. */
export function prefixOf(flags: { prefix?: string | undefined }): { prefix?: Buffer } {
  return flags.prefix === undefined ? {} : { prefix: Buffer.from(flags.prefix, 'utf8') };
}
