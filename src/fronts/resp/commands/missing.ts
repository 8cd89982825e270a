export const NO_FUNCTIONS = 'there are no functions here: use scripts, by EVAL, or by SCRIPT LOAD and EVALSHA';

/** Commands of Redis that are missing here, in small letters, each with the sentence on what to do instead. */
export const MISSING: ReadonlyMap<string, string> = new Map([
  ['fcall', NO_FUNCTIONS],
  ['fcall_ro', NO_FUNCTIONS],
]);
