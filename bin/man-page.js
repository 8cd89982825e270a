// The manual page, from the manifest of the commands: `man mneme` once the package is installed globally.
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';

/** @param root the package @param outfile where the page goes */
export function writeManPage(root, outfile) {
  const read = (file) => JSON.parse(readFileSync(join(root, file), 'utf8'));
  mkdirSync(dirname(outfile), { recursive: true });
  writeFileSync(outfile, manPage(read('package.json'), read('oclif.manifest.json').commands));
}

export function manPage({ name, version, description, oclif: { topics } }, commands) {
  const shown = Object.values(commands).filter(({ hidden }) => hidden !== true);
  const [global, own] = [true, false].map((isGlobal) => (flag) => isGlobal === (flag.helpGroup === 'GLOBAL'));
  const shared = Object.assign({}, ...shown.map(({ flags }) => only(flags, global)));
  return [
    `.TH ${name.toUpperCase()} 1 "" "${name} ${version}" "${name}"`,
    '.SH NAME',
    `${name} \\- ${text(description)}`,
    '.SH SYNOPSIS',
    `.B ${name}`,
    '.I COMMAND',
    '[\\fIARGUMENT\\fR ...] [\\fIFLAG\\fR ...]',
    '.SH TOPICS',
    ...Object.entries(topics).flatMap(([topic, { description: about }]) => ['.TP', `.B ${text(topic)}`, text(about)]),
    '.SH COMMANDS',
    ...shown.flatMap((command) => commandLines(name, command, only(command.flags, own))),
    '.SH GLOBAL FLAGS',
    'Of every command that asks a node.',
    ...flagLines(shared),
    '.SH EXIT STATUS',
    '0 done, 1 a bug, 2 usage, 3 cluster split or unhealthy, 4 node not reachable, 5 declined, 6 refused, 7 not found, 8 timed out.',
    '',
  ].join('\n');
}

function commandLines(bin, { id, summary, description, args, flags: _all, examples = [] }, flags) {
  const words = id.replaceAll(':', ' ');
  const given = Object.values(args).map((arg) =>
    arg.required ? arg.name.toUpperCase() : `[${arg.name.toUpperCase()}]`,
  );
  const shown = examples.filter((one) => typeof one === 'string');
  return [
    `.SS ${text([bin, words, ...given].join(' '))}`,
    text(`${summary}.`),
    ...(description === undefined ? [] : ['.PP', text(description)]),
    ...Object.values(args).flatMap((arg) => ['.TP', `.I ${text(arg.name.toUpperCase())}`, text(arg.description ?? '')]),
    ...flagLines(flags),
    ...(shown.length === 0 ? [] : ['.PP', '.nf', ...shown.map((one) => text(filled(one, bin, words))), '.fi']),
  ];
}

function flagLines(flags) {
  return Object.values(flags)
    .filter(({ hidden }) => hidden !== true)
    .flatMap(({ name, char, type, helpValue, options, summary = '', env, default: usual, allowNo }) => {
      const value = type === 'boolean' ? '' : ` ${helpValue ?? options?.join('|') ?? 'VALUE'}`;
      const also = [
        ...(env === undefined ? [] : [`environment: ${env}`]),
        ...(usual === undefined || usual === false ? [] : [`default: ${usual}`]),
      ];
      const title = `${char === undefined ? '' : `-${char}, `}--${allowNo ? '[no-]' : ''}${name}${value}`;
      return ['.TP', `.B ${text(title)}`, text(`${summary}${also.length === 0 ? '' : ` (${also.join('; ')})`}`)];
    });
}

function only(flags, isWanted) {
  return Object.fromEntries(Object.entries(flags).filter(([, flag]) => isWanted(flag)));
}

function filled(example, bin, words) {
  return example.replaceAll('<%= config.bin %>', bin).replaceAll('<%= command.id %>', words);
}

/** As groff takes it: backslashes and dashes as they are, and nothing at the beginning of a line that it would obey. */
function text(words) {
  const plain = words.replaceAll('\\', '\\e').replaceAll('-', '\\-').replaceAll('"', '\\(dq').replaceAll('\n', ' ');
  return plain
    .replace(/^([.'])/, '\\&$1')
    .replaceAll('…', '...')
    .replaceAll('→', '\\(->');
}
