import { readFileSync } from 'node:fs';
import { Metrics } from '../../src/admin/server/metrics/metrics.js';
import { SETTING_MEANINGS } from '../../src/cli/views/settings.js';
import { DEFAULT_SETTINGS, type Settings, settingRange } from '../../src/core/membership/records.js';
import { EVENT_KINDS } from '../../src/core/model/about.js';
import { EXIT, EXIT_CODES, type OperatorErrorCode } from '../../src/core/model/errors.js';
import { LIMIT_NAMES, LIMITS } from '../../src/fronts/resp/limits.js';
import { START_OPTION_LIST, type StartOption } from '../../src/node/start-options.js';
import { humanDuration } from '../../src/operations/common/durations.js';
import { humanBytes } from '../../src/operations/common/sizes.js';
import { ERROR_WORDS, EVENT_WORDS, EXIT_WORDS, LIBRARY_ERROR_WORDS, REPLY_WORDS } from './reference-words.js';

/** docs/reference.md: every setting, option, limit, metric, event and error, as the code has them. */
export function referenceText(): string {
  return `# Reference

**For** looking things up. **At the end** you know what a word in a flag, an alert, an event or an error means. Made of the code by \`npm run docs\`; do not edit it.

[Settings](#settings) · [Options of a start](#options-of-a-start) · [Limits](#limits) · [Environment](#environment) · [Metrics](#metrics) · [Events](#events) · [Exit codes](#exit-codes) · [Error codes](#error-codes) · [Errors in the process](#errors-in-the-process) · [Replies to Redis clients](#replies-to-redis-clients)

## Settings

Of the cluster, at all members: \`mneme cluster settings KEY VALUE\`.

${rows(['setting', 'default', 'takes', 'meaning'], Object.keys(DEFAULT_SETTINGS).map(settingRow))}

## Options of a start

Of one node: flags of \`mneme cluster start\` and \`join\`, and in camel case options of \`openNode\`. What is remembered holds for later starts with the same
directory, until it is given again.

${rows(
  ['flag', 'of', 'remembered', 'meaning'],
  START_OPTION_LIST.map(([, option]) => optionRow(option)),
)}

## Limits

Of one node: \`--limit NAME=VALUE\`, and \`mneme node limits\` for what is in use. Beyond a limit there is an error that names it; the node lives, and others are served.

${rows(['limit', 'usual', 'least', 'of'], LIMIT_NAMES.map(limitRow))}

## Environment

A flag stands before its variable.

${rows(['variable', 'flag', 'meaning'], environmentRows())}

## Metrics

At \`/metrics\` of a node that is started with \`--http\`.

${rows(['metric', 'type', 'labels', 'meaning'], metricRows())}

## Events

The kinds that \`mneme events --kind\` takes.

${rows(
  ['kind', 'meaning'],
  EVENT_KINDS.map((kind) => [code(kind), EVENT_WORDS[kind]]),
)}

## Exit codes

${rows(
  ['code', 'meaning'],
  Object.entries(EXIT).map(([name, exit]) => [String(exit), EXIT_WORDS[name as keyof typeof EXIT]]),
)}

## Error codes

\`error.code\` of \`--json\`, and \`code\` of an \`OperatorError\`.

${rows(
  ['code', 'exit code', 'meaning'],
  Object.entries(EXIT_CODES).map(([name, exit]) => [code(name), String(exit), ERROR_WORDS[name as OperatorErrorCode]]),
)}

## Errors in the process

\`code\` of a \`MnemeError\`; a write that was refused rejects with a \`WriteRefusedError\`.

${rows(
  ['code', 'meaning'],
  Object.entries(LIBRARY_ERROR_WORDS).map(([name, words]) => [code(name), words]),
)}

## Replies to Redis clients

The word that an error begins with, beside ERR.

${rows(
  ['word', 'meaning'],
  Object.entries(REPLY_WORDS).map(([name, words]) => [code(name), words]),
)}
`;
}

// ---

function settingRow(key: string): string[] {
  const value = DEFAULT_SETTINGS[key as keyof Settings];
  const isTime = typeof value === 'number' && key !== 'set-aside-days';
  const takes = isTime ? `${settingRange(key)}, or a duration such as 500ms or 10s` : settingRange(key);
  return [code(key), code(isTime ? `${value / 1000}s` : String(value)), takes, SETTING_MEANINGS[key as keyof Settings]];
}

function optionRow({ flag, kind, value, choices, of, remembered, words }: StartOption): string[] {
  const what =
    kind === 'switch'
      ? ''
      : ` ${value ?? choices?.join('|') ?? { bytes: 'SIZE', milliseconds: 'DURATION', count: 'N' }[kind as string] ?? 'VALUE'}`;
  const places = { node: '`start`, `join`', founding: '`start`, for a new cluster', start: '`start`', join: '`join`' };
  return [code(`--${flag}${what}`), places[of], remembered ? 'yes' : 'no', words];
}

function limitRow(name: (typeof LIMIT_NAMES)[number]): string[] {
  const { unit, usual, min, words } = LIMITS[name];
  const text = (number: number) =>
    unit === 'bytes' ? humanBytes(number) : unit === 'time' ? humanDuration(number) : number.toLocaleString('en');
  return [code(name), usual === 0 && min === 0 ? 'none' : text(usual), text(min), words];
}

interface ManifestFlag {
  readonly name: string;
  readonly env?: string;
  readonly summary?: string;
}

/** Those of flags, and the few that no flag has. */
function environmentRows(): string[][] {
  const { commands } = JSON.parse(readFileSync('oclif.manifest.json', 'utf8')) as {
    commands: Record<string, { flags: Record<string, ManifestFlag> }>;
  };
  const flags = Object.values(commands).flatMap((command) => Object.values(command.flags));
  const named = new Map(flags.flatMap((flag) => (flag.env === undefined ? [] : [[flag.env, flag] as const])));
  const ofFlags = [...named].map(([env, { name, summary = '' }]) => [code(env), code(`--${name}`), summary]);
  return [...ofFlags, ...OTHER_VARIABLES].sort(([one = ''], [other = '']) => (one < other ? -1 : 1));
}

const OTHER_VARIABLES: string[][] = [
  ['`MNEME_DNS_SERVERS`', '–', 'servers that `--discover dns:` asks: HOST[:PORT],…'],
  [
    '`MNEME_SERVICE_ACCOUNT`',
    '–',
    'folder with the token and the authority of a service account, for `--discover kubernetes`',
  ],
  ['`MNEME_PAGER`, `PAGER`', '–', 'what shows output that is longer than the terminal'],
  ['`NO_COLOR`, `FORCE_COLOR`', '`--no-color`', 'no colours; colours in a pipe too'],
  ['`XDG_CONFIG_HOME`', '–', 'where contexts are kept; default: ~/.config'],
  ['`XDG_DATA_HOME`', '`--dir`', 'where data directories are made; default: ~/.local/share'],
];

function metricRows(): string[][] {
  return new Metrics().described
    .map(({ name, type, labels, help }) => [code(name), type, labels.map(code).join(' '), help])
    .sort(([one = ''], [other = '']) => (one < other ? -1 : 1));
}

function code(text: string): string {
  return `\`${text}\``;
}

function rows(head: readonly string[], body: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]) => `| ${cells.map((cell) => cell.replaceAll('|', '\\|')).join(' | ')} |`;
  return [line(head), `|${head.map(() => '---').join('|')}|`, ...body.map(line)].join('\n');
}
