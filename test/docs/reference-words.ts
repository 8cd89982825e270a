import type { EventKind } from '../../src/core/model/about.js';
import type { EXIT, OperatorErrorCode } from '../../src/core/model/errors.js';
import type { MnemeErrorCode } from '../../src/fronts/library/errors.js';

/** What docs/reference.md says beside what the code says: the compiler asks for a text for each, and for no others. */

export const EXIT_WORDS: Record<keyof typeof EXIT, string> = {
  done: 'done',
  bug: 'a bug of Mneme: please report it',
  usage: 'the command, a flag, a setting or a line of a file is wrong',
  unhealthy:
    'an answer, not a failure: the cluster is split or unhealthy (`status`, `verify`, `doctor`; a `drill heal` that did not reach all)',
  notReachable: 'the node asked, or one that was named, is not reachable',
  declined: 'declined, or nobody is there to say yes (no terminal, and no `--yes`)',
  refused:
    'a precondition does not hold, or there was nothing to do (`undo` of what was not set aside, `drill heal` without a drill, an import of nothing)',
  notFound: 'a key, a member, a user, an incident or a context is not there',
  timedOut: 'it took longer than was allowed',
};

export const ERROR_WORDS: Record<OperatorErrorCode, string> = {
  usage: 'a command, flag or argument is wrong',
  'bad-setting': 'a setting is unknown, or does not take this value',
  'bad-line': 'a line of a file that was read is wrong; its number is named',
  unhealthy: 'the cluster is not as was asked for',
  'not-reachable': 'no node answers there',
  declined: 'you said no',
  'no-terminal': 'a question would be asked, and nobody is there: add `--yes`',
  'unknown-node': 'there is no member of this name',
  'unknown-incident': 'there is no incident of this id, or several begin so',
  'unknown-user': 'there is no user of this name',
  'unknown-plan': 'the node no longer keeps the plan that was shown: look at it anew',
  'unknown-context': 'there is no context of this name',
  'timed-out': 'it took longer than was allowed',
  refused: 'a precondition does not hold; the message names it',
  'name-taken': 'a member has this name already',
  'wrong-cluster': 'the node belongs to another cluster',
  'known-elsewhere': 'members of another cluster know this name or address: was a directory lost?',
  'second-instance': 'a node with the same data runs elsewhere',
  'no-quorum': 'in majority mode, this island sees no majority',
  forgotten: 'the members have forgotten this node: it joins anew with `--set-aside-data`',
  'no-split-brain': 'there is nothing to resolve',
  'resolution-running': 'somebody else resolves it at this moment',
  'port-in-use': 'another process listens there',
  'directory-in-use': 'another process uses the data directory',
  'directory-unwritable': 'the data directory cannot be written',
  'data-corrupt': 'what is on the disk is damaged; the file is named',
  'has-data': 'the directory holds data of another cluster',
  'not-authenticated': 'the node wants to know who asks: a secret, or user and password',
  'not-permitted': 'this user may not do that',
  'drills-not-allowed': 'a node was started without `--allow-drills`',
};

export const LIBRARY_ERROR_WORDS: Record<MnemeErrorCode, string> = {
  usage: 'a key, a value or an option is none',
  unreadable: "what is stored under a key is none of the codec's values: who wrote it has another codec",
  'wrong-type':
    'there is a hash, a set, a sorted set or another value of Redis under a key, and no string: they are read through the Redis port',
  closed: 'the node was closed, or is about to end',
  loading: 'it has not caught up with its cluster yet',
  'no-quorum': 'it sees no majority, and `partition-mode` is `majority`',
  'read-only': 'its disk takes no writes',
  'out-of-memory': 'it is at its limit of memory, and there is nothing to evict',
  uncertain: 'the disk failed after the change was made in memory: it may or may not survive the process',
};

export const EVENT_WORDS: Record<EventKind, string> = {
  start: 'the node began to serve',
  stop: 'the node stops, and why',
  act: 'somebody had something done: who, from where, and what',
  down: 'a member counts as down',
  up: 'a member is back',
  separated: 'members were found to be cut off, or held apart',
  'split-brain': 'two islands have written apart',
  resolved: 'a split-brain is resolved: how, and by whom',
  'set-aside': 'values were set aside, or there is no room for more',
  joins: 'a member has joined',
  leaves: 'a member leaves, or has left',
  forgotten: 'a member was forgotten, or is one again',
  setting: 'a setting of the cluster was changed',
  user: 'a user was added, changed or removed',
  quorum: 'the majority was lost, or is back',
  clock: 'a clock stepped, or is off by too much',
  disk: 'the disk fails, is full, or works again',
  redis: 'the Redis beside the node was lost, attached, or may have lost data',
  'left-out': 'keys that cannot be replicated, and whether that is over',
  problem: 'anything else that `mneme cluster status` shows as a problem, and its end',
};

/** What error replies to Redis clients begin with, beside ERR. */
export const REPLY_WORDS: Readonly<Record<string, string>> = {
  LOADING: 'the node has not caught up yet, or waits for others; try again',
  NOQUORUM: 'in majority mode, this island sees no majority; reads go on',
  MISCONF: 'the disk is full or fails; reads go on, and so do deletes on a full disk',
  OOM: 'the limit of memory is reached, and nothing can be evicted',
  NOAUTH: 'say who you are: AUTH, or HELLO with AUTH',
  WRONGPASS: 'user or password is wrong',
  NOPERM: 'this user may not do that, or not with this key',
  WRONGTYPE: 'the key holds another type, which came from a Redis at another site',
  EXECABORT: 'a command of the transaction was refused, so none ran',
  DENIED: 'there is no user yet, and the client is on another machine',
  BUSYKEY: 'RESTORE or COPY to a key that is there, without REPLACE',
  NOPROTO: 'HELLO with a version of the protocol that there is not',
  NOTBUSY: 'SCRIPT KILL or FUNCTION KILL where nothing runs',
  UNBLOCKED: 'CLIENT UNBLOCK with ERROR ended the wait',
};
