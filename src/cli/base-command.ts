import { Command, Errors, Flags, type Interfaces } from '@oclif/core';
import { ANSWER_TIMEOUT_MS, addressList, answeringNode, setAnswerTimeout } from '../admin/client/patience.js';
import { DEFAULT_ADDRESS } from '../admin/protocol/address.js';
import { EXIT, OperatorError } from '../core/model/errors.js';
import { advice } from '../hints/advice.js';
import type { Force, ForcedPlan } from '../operations/cluster/forced.js';
import { parseDuration } from '../operations/common/durations.js';
import { type AccessFlags, accessFlags, useAccess } from './access-flags.js';
import { type ContextInUse, contextFlag, contextInUse, withContext } from './contexts/context-in-use.js';
import { type Failure, failureOf } from './failure.js';
import { type TypedFlag, withFlagsInUse } from './flags-in-use.js';
import { type ListFlags, outputOf } from './lists/list-flags.js';
import type { Listing, Wanted } from './lists/listing.js';
import { yamlOf } from './lists/yaml.js';
import { type Page, pageOf, type View } from './page.js';
import { throughPager } from './pager.js';
import { confirmStep, processTerminal, questionText, type Terminal } from './terminal.js';
import { type TrustFlags, trustFlags, useTrust } from './trust-flags.js';
import { printableLines } from './views/text.js';

export type { Page, View } from './page.js';

interface ListSource<T, R, J> {
  listing(): Promise<Listing<T, R>>;
  json(): Promise<(data: T) => J>;
  ask(wanted: Wanted<R>): Promise<T>;
  /** Of a source that finds the rows that are wanted by itself: whether there are more behind them. */
  hasMore?(data: T): boolean;
}

/** A module with one view, as `import()` gives it: views pull in chalk and cli-table3, so they are loaded when one is shown. */
type Loader<T> = () => Promise<View<T>>;

/**
 * What all commands share: results on stdout and all else on stderr, `--json`, and errors as text or JSON with the exit codes
 * that scripts rely on.
 */
export abstract class MnemeCommand extends Command {
  static override enableJsonFlag = true;

  /** Tests put a scripted person here. */
  static terminal: Terminal = processTerminal;

  /** The flags of this call. */
  private typed: readonly TypedFlag[] = [];

  /** null: there is none in use, or the command asks no node. */
  protected context: ContextInUse | null = null;

  /** The name of one that is in use, and of other nodes than those that are asked. */
  protected passedOver: string | null = null;

  protected get terminal(): Terminal {
    return MnemeCommand.terminal;
  }

  /** Show the result. Nothing happens with `--json`, where the value that `run` returns is the result. */
  protected async show<T>(load: Loader<T>, data: T): Promise<void> {
    if (!this.jsonEnabled()) process.stdout.write(withEnd((await load())(data, this.pageOf(process.stdout))));
  }

  /** What `run` returns, and `--json` prints: see `shapes`. */
  protected async answer<T, J>(load: () => Promise<(data: T) => J>, data: T): Promise<J | undefined> {
    return this.jsonEnabled() ? (await load())(data) : undefined;
  }

  /** What comes bit by bit, and ends when the operator says so. */
  protected showPart(text: string): void {
    if (text !== '') process.stdout.write(text);
  }

  /** How each bit is made with `--json`; undefined without. */
  protected async answerer<T, J>(load: () => Promise<(data: T) => J>): Promise<((data: T) => J) | undefined> {
    return this.jsonEnabled() ? load() : undefined;
  }

  /** What is JSON whether or not --json is given. */
  protected showJson(data: object): void {
    this.logJson(data);
  }

  /** As `show`, of what may be longer than the screen: a pager helps there. */
  protected async showPaged<T>(load: Loader<T>, data: T): Promise<void> {
    if (!this.jsonEnabled()) await this.page(await load(), data, process.stdout);
  }

  /** As `tell`, with a pager where it is longer than the screen. */
  protected async tellPaged<T>(load: Loader<T>, data: T): Promise<void> {
    await this.page(await load(), data, process.stderr);
  }

  /**
   * Show a list as its flags have it, and answer with its JSON.
   * @param ask gets what is to be listed; what it is given is for a source that finds the rows by itself, and then leaves no more to be done
   */
  protected async list<T, R, J>(
    flags: ListFlags,
    { listing, json, ask, hasMore }: ListSource<T, R, J>,
  ): Promise<J | undefined> {
    const asJson = this.jsonEnabled();
    const { sort, offset, limit } = flags;
    if (asJson && sort === undefined && offset === 0 && limit === undefined) {
      return (await json())(await ask({ order: null, offset, limit }));
    }
    const lists = await import('./lists/listing.js');
    const list = await listing();
    const wanted = { order: sort === undefined ? null : lists.orderOf(list, sort), offset, limit };
    const found = await ask(wanted);
    const [data, left] =
      hasMore === undefined ? lists.arranged(list, found, wanted) : [found, hasMore(found) ? null : 0];
    if (asJson) return (await json())(data);
    const form = { output: flags.output as 'table', headers: !flags['no-headers'] };
    await this.page((shown: T, page) => lists.listText(list, shown, page, form, found), data, process.stdout);
    const which = list.latest === true && sort === undefined ? 'that came before' : 'that follow';
    if (left !== 0)
      this.note(`(${left === null ? '' : `${left} `}more: --offset ${offset + (limit ?? 0)} shows those ${which})`);
    return undefined;
  }

  private async page<T>(view: View<T>, data: T, stream: NodeJS.WriteStream): Promise<void> {
    const text = withEnd(view(data, this.pageOf(stream)));
    if (!(await throughPager(text, stream))) stream.write(text);
  }

  /** Show bytes as they are; a terminal gets them escaped, so that a value cannot drive it. */
  protected showBytes(bytes: Uint8Array | null): void {
    if (bytes === null || this.jsonEnabled()) return;
    if (process.stdout.isTTY) process.stdout.write(withEnd(printableLines(bytes)));
    else process.stdout.write(bytes);
  }

  /** Tell the operator something beside the result: progress, a plan before a question. On stderr, also with `--json`. */
  protected async tell<T>(load: Loader<T>, data: T): Promise<void> {
    process.stderr.write(withEnd((await load())(data, this.pageOf(process.stderr))));
  }

  protected note(text: string): void {
    process.stderr.write(withEnd(text));
  }

  protected get errorPage(): Page {
    return this.pageOf(process.stderr);
  }

  protected pageOf(stream: NodeJS.WriteStream): Page {
    return { ...pageOf(stream), inUse: (command) => this.withFlagsInUse(command) };
  }

  /** A command to type next, so that it can be pasted. */
  private withFlagsInUse(command: string): string {
    // Another member may be none of the nodes of the context, which counts there all the same.
    const isImplied = this.context !== null && !this.context.byFlag && / --node /.test(command);
    const typed = isImplied ? [...this.typed, { name: 'context', value: this.context!.name }] : this.typed;
    return withFlagsInUse(command, typed, (id) => {
      const flags = this.config.findCommand(id)?.flags;
      return flags === undefined ? null : Object.keys(flags).filter((name) => flags[name]?.hidden !== true);
    });
  }

  protected override async parse<F extends Values, B extends Values, A extends Values>(
    options?: Interfaces.Input<F, B, A>,
    argv?: string[],
  ): Promise<Interfaces.ParserOutput<F, B, A>> {
    const parsed = await super.parse<F, B, A>(this.withContext(options), argv);
    const flagsOfAll = this.ctor.baseFlags ?? {};
    if ('secret-file' in flagsOfAll) await useTrust(parsed.flags as TrustFlags);
    this.typed = parsed.raw.flatMap((token) => {
      if (token.type !== 'flag') return [];
      const value = (parsed.flags as Values)[token.flag];
      if (value === false) return [];
      return [{ name: token.flag, value: value === true ? null : token.input }];
    });
    if ('user' in flagsOfAll) await useAccess(parsed.flags as AccessFlags, this.person);
    return parsed;
  }

  /** What is parsed, with the values of the context in use as defaults. */
  private withContext<F extends Values, B extends Values, A extends Values>(
    options: Interfaces.Input<F, B, A> | undefined,
  ): Interfaces.Input<F, B, A> | undefined {
    const { baseFlags = {} } = this.ctor;
    if (!('context' in baseFlags)) return options;
    const { inUse, passedOver } = contextInUse(this.argv, (text) => this.note(`warning: ${text}`));
    this.context = inUse;
    this.passedOver = passedOver;
    if (this.context === null) return options;
    const { flags, args, strict, enableJsonFlag } = this.ctor;
    const changed = { flags, args, strict, enableJsonFlag, baseFlags: withContext(baseFlags, this.context) };
    return changed as Interfaces.Input<F, B, A>;
  }

  /** With --json, stdout is read by a program: it says yes beforehand or not at all. */
  protected get person(): Terminal {
    return this.jsonEnabled() ? { ...this.terminal, interactive: false } : this.terminal;
  }

  protected async confirm(question: string, yes: boolean): Promise<void> {
    const canLook = 'dry-run' in (this.ctor.flags ?? {});
    await confirmStep(this.person, questionText(question, this.errorPage.width), yes, canLook);
  }

  /** What is typed to go on without a quorum: the cluster's id, which shows that it was read what will happen. */
  protected forceOf(flags: { force: boolean; cluster?: string | undefined }): Force | null {
    return flags.force ? { clusterId: flags.cluster, ask: (plan) => this.forced(flags, plan) } : null;
  }

  private async forced(flags: { cluster?: string | undefined }, plan: ForcedPlan): Promise<string> {
    await this.tell(async () => (await import('./views/forced.js')).forcedView, plan);
    if (flags.cluster !== undefined) return flags.cluster;
    if (!this.terminal.interactive || this.jsonEnabled()) {
      throw new OperatorError(
        'no-terminal',
        'with --force the id of the cluster is asked for, and nobody is asked without a terminal or with --json; nothing was changed',
        advice('mneme cluster status', 'It shows the id below the table: add --cluster ID.'),
      );
    }
    return this.terminal.input(`Type the id of the cluster (${plan.clusterId}) to go on:`);
  }

  /** End with this exit code although there is a result. */
  protected endWith(exitCode: number): void {
    if (exitCode !== EXIT.done) process.exitCode = exitCode;
  }

  /** oclif's own colours JSON, and takes its time over it. */
  protected override logJson(json: unknown): void {
    process.stdout.write(this.output === 'yaml' ? yamlOf(json) : `${JSON.stringify(json, null, 2)}\n`);
  }

  /** A list that is wanted as data is JSON, which may be written otherwise. */
  override jsonEnabled(): boolean {
    return super.jsonEnabled() || this.output === 'json' || this.output === 'yaml';
  }

  /** null: the command gives no list, or nothing is said. */
  private get output(): string | null {
    return 'no-headers' in (this.ctor.flags ?? {}) ? outputOf(this.argv) : null;
  }

  protected override toErrorJson(error: unknown): unknown {
    return { error: this.failureOf(error) };
  }

  private failureOf(error: unknown): Failure {
    const { flags, baseFlags } = this.ctor;
    const command = `${this.config.bin} ${this.id?.replaceAll(':', ' ')}`;
    const failure = failureOf(error, command, Object.keys({ ...flags, ...baseFlags, json: true, help: true }));
    return { ...failure, next: failure.next === null ? null : this.withFlagsInUse(failure.next) };
  }

  /** What lies behind a failure, where somebody can be asked. */
  protected async explained(failure: Failure): Promise<Failure> {
    return failure;
  }

  protected override async catch(error: Error): Promise<void> {
    if (error instanceof Errors.ExitError) throw error;
    const failure = await this.explained(this.failureOf(error));
    process.exitCode = failure.exitCode;
    if (this.jsonEnabled()) {
      this.logJson({ error: failure });
      return;
    }
    await this.tell(async () => (await import('./views/failure.js')).failureView, {
      ...failure,
      stack: failure.code === 'bug' ? (error.stack ?? null) : null,
    });
    throw new Errors.ExitError(failure.exitCode);
  }
}

export const nodeFlag = Flags.string({
  env: 'MNEME_NODE',
  default: DEFAULT_ADDRESS,
  helpValue: 'ADDRESS[,ADDRESS…]',
  summary: 'node to ask, as host:port; of several the first that answers',
  helpGroup: 'GLOBAL',
});

/** A command that asks a node. */
export abstract class NodeCommand extends MnemeCommand {
  static override baseFlags = {
    node: nodeFlag,
    ...contextFlag,
    ...accessFlags,
    timeout: Flags.string({
      default: `${ANSWER_TIMEOUT_MS / 1000}s`,
      helpValue: 'DURATION',
      summary: 'how long a node may be silent when it is asked',
      helpGroup: 'GLOBAL',
    }),
    ...trustFlags,
  };

  /** The addresses as they were given. */
  protected addresses = DEFAULT_ADDRESS;

  protected override async explained(failure: Failure): Promise<Failure> {
    const [first] = this.addresses.split(',');
    if (failure.code === 'not-reachable' || failure.code === 'not-authenticated') return this.withContextNamed(failure);
    if (first === undefined) return failure;
    const { explainedByVersion } = await import('./version-gap.js');
    return explainedByVersion(failure, first, this.config.version);
  }

  /** Whoever forgot which context is in use sees it where nobody answers, or nobody is let in. */
  private withContextNamed(failure: Failure): Failure {
    const { context, passedOver } = this;
    if (passedOver !== null) {
      const why = `the context ${passedOver} names other nodes, and is not used; with --context ${passedOver} it is`;
      return { ...failure, message: `${failure.message} (${why})` };
    }
    if (context === null || context.context.node !== this.addresses) return failure;
    return { ...failure, message: `${failure.message} (node of the context ${context.name})` };
  }

  /** The one that answered first, then the others. */
  protected addressesFrom(answering: string): string[] {
    const others = addressList(this.addresses).filter((address) => address !== answering);
    return [answering, ...others];
  }

  /** `node` is one address from here on. */
  protected override async parse<F extends Values, B extends Values, A extends Values>(
    options?: Interfaces.Input<F, B, A>,
    argv?: string[],
  ): Promise<Interfaces.ParserOutput<F, B, A>> {
    const parsed = await super.parse<F, B, A>(options, argv);
    const { node = DEFAULT_ADDRESS, timeout } = parsed.flags as { node?: string; timeout?: string };
    if (timeout !== undefined) setAnswerTimeout(timeoutOf(timeout));
    this.addresses = node;
    return { ...parsed, flags: { ...parsed.flags, node: await answeringNode(node) } };
  }
}

type Values = { [name: string]: unknown };

function timeoutOf(text: string): number {
  const timeoutMs = parseDuration(text);
  if (timeoutMs > 0) return timeoutMs;
  throw new OperatorError('usage', `--timeout ${text} leaves a node no time to answer`, 'write it as 500ms, 5s or 1m');
}

function withEnd(text: string): string {
  return text === '' || text.endsWith('\n') ? text : `${text}\n`;
}
