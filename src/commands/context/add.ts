import { resolve } from 'node:path';
import { Args, Flags } from '@oclif/core';
import { addressList } from '../../admin/client/patience.js';
import { readPasswordFile } from '../../cli/access-flags.js';
import { MnemeCommand } from '../../cli/base-command.js';
import { CONTEXT_NAME, type Context, PRECEDENCE } from '../../cli/contexts/context.js';
import { readContexts, writeContexts } from '../../cli/contexts/context-file.js';
import { OperatorError } from '../../core/model/errors.js';
import { advice } from '../../hints/advice.js';
import { openTrust } from '../../links/open-trust.js';

const path = (summary: string) => Flags.string({ helpValue: 'PATH', summary });

export default class ContextAdd extends MnemeCommand {
  static override summary = 'keep under a name how a cluster is reached';
  static override description =
    `${PRECEDENCE} Secrets and passwords stay in their files: a context has the paths alone. It is kept in ` +
    '$XDG_CONFIG_HOME/mneme/contexts.json, or ~/.config, readable by you alone.';
  static override examples = [
    '<%= config.bin %> <%= command.id %> prod --node 10.0.0.1:7379,10.0.0.2:7379 --secret-file ~/.mneme/prod.secret',
    '<%= config.bin %> <%= command.id %> here --node 127.0.0.1:7379 --use',
  ];
  static override args = { name: Args.string({ required: true, ignoreStdin: true, description: 'its name' }) };
  static override flags = {
    node: Flags.string({
      required: true,
      helpValue: 'ADDRESS[,ADDRESS…]',
      summary: 'nodes of the cluster: the first that answers is asked',
    }),
    user: Flags.string({ helpValue: 'NAME', summary: 'user to ask as' }),
    'password-file': path("file with the user's password"),
    'secret-file': path("file with the cluster's secret"),
    'secret-optional': Flags.boolean({
      summary: 'while a cluster gets its secret: ask nodes without it too',
      dependsOn: ['secret-file'],
    }),
    'tls-ca': path("ask by TLS: the authority that signs the cluster's certificates (PEM)"),
    'tls-cert': path('certificate to show, where nodes require one (PEM)'),
    'tls-key': path('its key (PEM)'),
    'tls-optional': Flags.boolean({
      summary: 'while a cluster gets TLS: ask nodes without it too',
      dependsOn: ['tls-ca'],
    }),
    use: Flags.boolean({ summary: 'use it from now on where none is named' }),
    replace: Flags.boolean({ summary: 'in the place of the context of that name' }),
  };

  async run(): Promise<unknown> {
    const { args, flags } = await this.parse(ContextAdd);
    const { name } = args;
    const { use, replace, json: _json, ...said } = flags as typeof flags & { json?: boolean };
    if (!CONTEXT_NAME.test(name)) throw badName(name);
    const { current, contexts } = readContexts();
    if (Object.hasOwn(contexts, name) && !replace) throw taken(name);
    const context = checked(said);
    const then = use ? name : current;
    writeContexts({ current: then, contexts: { ...contexts, [name]: context } });
    const done = { context: { ...context, name, current: then === name }, message: messageOf(name, then) };
    await this.show(async () => (await import('../../cli/views/done.js')).doneView, done.message);
    return this.answer(async () => (await import('../../cli/json/context.js')).contextChangedJson, done);
  }
}

function messageOf(name: string, current: string | null): string {
  if (name === current) return `${name} is a context, and in use`;
  return `${name} is a context; mneme context use ${name} puts it to use`;
}

/** Paths hold from wherever a command is typed. What would not work later is refused now. */
function checked(said: Context): Context {
  const absolute = (file: string | undefined) => (file === undefined ? undefined : resolve(file));
  const context = {
    ...said,
    node: addressList(said.node).join(','),
    'password-file': absolute(said['password-file']),
    'secret-file': absolute(said['secret-file']),
    'tls-ca': absolute(said['tls-ca']),
    'tls-cert': absolute(said['tls-cert']),
    'tls-key': absolute(said['tls-key']),
  };
  if (context['password-file'] !== undefined) readPasswordFile(context['password-file']);
  openTrust(
    {
      secretFile: context['secret-file'],
      secretOptional: context['secret-optional'],
      tlsCa: context['tls-ca'],
      tlsCert: context['tls-cert'],
      tlsKey: context['tls-key'],
      tlsOptional: context['tls-optional'],
    },
    false,
  );
  const { node, ...others } = context;
  const given = Object.entries(others).filter(([, value]) => value !== undefined && value !== false);
  return { node, ...Object.fromEntries(given) };
}

function badName(name: string): OperatorError {
  const message = `"${name}" cannot be the name of a context: it takes letters, digits, and . _ - between them, 64 at most`;
  return new OperatorError('usage', message, 'mneme context add --help');
}

function taken(name: string): OperatorError {
  return new OperatorError(
    'name-taken',
    `there is a context ${name} already`,
    advice(`mneme context show ${name}`, 'Add --replace to put this one in its place.'),
  );
}
