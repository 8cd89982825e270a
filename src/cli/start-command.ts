import { getPriority, setPriority } from 'node:os';
import { setTimeout as pause } from 'node:timers/promises';
import { withClient } from '../admin/client/client.js';
import { askAs } from '../admin/client/credentials.js';
import { setTrust } from '../admin/client/dial.js';
import { parseAddress } from '../admin/protocol/address.js';
import type { LinkState, MemberView, SettingsReply, StatusReply } from '../admin/protocol/api.js';
import { ownName } from '../admin/protocol/asked-by.js';
import { OperatorError } from '../core/model/errors.js';
import { openTrust } from '../links/open-trust.js';
import { readOperatorKey } from '../node/access/operator-key.js';
import { ownLogFile } from '../node/own-log.js';
import { type FoundingKey, foundingOf } from '../operations/cluster/former-start.js';
import type { RunningNode } from '../operations/cluster/node-options.js';
import { runNode } from '../operations/start/run-node.js';
import { type AccessFlags, accessFlags, environmentOf, namesUser } from './access-flags.js';
import { MnemeCommand } from './base-command.js';
import { REPORT_VARIABLE, reportFailure, startDetached } from './detach.js';
import { failureOf } from './failure.js';
import { LogBound } from './log-bound.js';
import { NodeLog } from './node-log.js';
import { argumentsOf, localAddressOf, logFileOf, type NodePlan } from './node-plan.js';
import { Progress, progressText } from './progress.js';
import type { StartedNode } from './views/node-started.js';

const PROGRESS_EVERY_MS = 250;
const REDIS_TRIED_MS = 2000;
/** Where processors are short, the application and its Redis come first: a third of the time that one of them gets. */
const NICE_BESIDE_REDIS = 5;
const STARTED_JSON = async () => (await import('./json/cluster.js')).startedNodeJson;

/** What starting and joining share: a node in this process, or one in the background that is waited for. */
export abstract class StartCommand extends MnemeCommand {
  static override baseFlags = accessFlags;

  protected async start(plan: NodePlan, flags: StartOutputFlags & AccessFlags): Promise<unknown> {
    const { dir } = plan;
    // Whoever starts a node may ask it how it is, whatever users there are.
    if (dir !== null && !namesUser(flags)) askAs((address) => (isOwn(plan, address) ? readOperatorKey(dir) : null));
    return flags.detach
      ? this.inBackground(plan, logFileOf(plan, flags['log-file']), environmentOf(flags))
      : this.inForeground(plan);
  }

  private async inBackground(plan: NodePlan, logFile: string, env: NodeJS.ProcessEnv): Promise<unknown> {
    if (parseAddress(plan.listen).port === 0) throw noPort(plan.listen);
    setTrust(openTrust(plan, true));
    const progress = new Progress();
    const { pid, status } = await startDetached({
      command: [`${this.config.root}/bin/run.js`, ...argumentsOf(plan)],
      logFile,
      env,
      dir: plan.dir,
      address: localAddressOf(plan.listen),
      untilInSync: plan.join !== undefined || plan.expect !== undefined,
      onWait: (text) => progress.show(`${plan.name} ${text}`),
      onProgress: ({ from, entries, entriesExpected }) =>
        progress.show(`copying from ${from}: ${progressText(entries, entriesExpected)}`),
    }).finally(() => progress.end());
    const { name, replica, address, version, nodeVersion = '' } = status.self;
    const started: StartedNode = {
      ...{ name, replica, address, version, nodeVersion },
      clusterId: status.clusterId,
      pid,
      dir: plan.dir,
      logFile,
      detached: true,
      state: status.self.state,
      ...othersOf(status.members),
      redis: redisOf(plan.engine === undefined ? status : await ownStatus(status.self.address)),
      settingsKept: keptOf(plan, status.settings),
      founded: status.self.founded === true,
      ...memoryOf(plan),
    };
    await this.show(async () => (await import('./views/node-started.js')).nodeStartedView, started);
    return this.answer(STARTED_JSON, started);
  }

  /** Resolves when the node has stopped. The JSON is written when it serves, since that is what a script waits for. */
  private async inForeground(plan: NodePlan): Promise<undefined> {
    const { logLineView } = await import('./views/log-line.js');
    const { name, logFormat = 'text' } = plan;
    if (plan.engine !== undefined) setPriority(Math.max(getPriority(), NICE_BESIDE_REDIS));
    const ownLog = process.env[REPORT_VARIABLE] === undefined ? null : ownLogFile();
    const bound = ownLog === null ? null : new LogBound(ownLog);
    setTrust(openTrust(plan, true));
    const log = new NodeLog(name, logFormat, logLineView, process.stderr, Date.now, this.errorPage, bound);
    const node = await runNode({ ...plan, log: log.write });
    const by = { name: ownName(), user: null, address: null };
    node.tell('info', startText(plan, node.address, this.config.version), { kind: 'start', by });
    const stop = (signal: string) => {
      node.tell('info', `stop, asked by ${signal}`, { kind: 'act', subject: signal });
      void node.stop().catch((error: unknown) => log.write('error', failureOf(error).message));
    };
    process.once('SIGINT', stop);
    process.once('SIGTERM', stop);
    const isServing = await this.whileJoining(node, log);
    if (isServing) await this.announce(node, plan, log);
    const { code } = await node.stopped;
    if (code === 0) log.write('info', `${name} has stopped`);
    this.endWith(code);
    return undefined;
  }

  /** Returns whether it serves, not stopped by the operator before that. Throws why it cannot. */
  private async whileJoining(node: RunningNode, log: NodeLog): Promise<boolean> {
    const timer = setInterval(() => {
      const joining = node.progress();
      if (joining !== null) {
        log.progress(`copying from ${joining.from}: ${progressText(joining.entries, joining.entriesExpected)}`);
      }
    }, PROGRESS_EVERY_MS);
    try {
      return await node.inSync;
    } finally {
      clearInterval(timer);
      log.endProgress();
    }
  }

  private async announce(node: RunningNode, plan: NodePlan, log: NodeLog): Promise<void> {
    const { name, replica, address, clusterId, dir, founded } = node;
    const status = await ownStatus(localAddressOf(plan.listen, address));
    const state = status?.self.state ?? 'serving';
    const others = {
      state,
      ...othersOf(status?.members ?? []),
      redis: redisOf(status),
      settingsKept: keptOf(plan, status?.settings),
    };
    for (const { key, asked, value } of others.settingsKept)
      log.write('info', `${key} is ${value} in this cluster, which was there before, and not ${asked}`);
    const place = { name, replica, address, clusterId, pid: process.pid, dir, logFile: null, detached: false, founded };
    const versions = { version: this.config.version, nodeVersion: process.version };
    const started = { ...place, ...versions, ...memoryOf(plan), ...others };
    if (this.jsonEnabled()) this.logJson(await this.answer(STARTED_JSON, started));
    else if (process.env[REPORT_VARIABLE] === undefined) {
      await this.show(async () => (await import('./views/node-started.js')).nodeStartedView, started);
    }
  }

  protected override async catch(error: Error): Promise<void> {
    await reportFailure(failureOf(error));
    await super.catch(error);
  }
}

interface StartOutputFlags {
  readonly detach: boolean;
  readonly 'log-file'?: string | undefined;
}

/** The node that this process starts listens there; where the port is open, it is any of this machine. */
/** On a port that is not known yet it is none of those that are to be joined, at least. */
function isOwn({ listen, join }: NodePlan, address: string): boolean {
  const { host, port } = parseAddress(localAddressOf(listen));
  const asked = parseAddress(address);
  return asked.host === host && (port === 0 ? join?.includes(address) !== true : asked.port === port);
}

function memoryOf({ maxMemory = 0, eviction = 'noeviction' }: NodePlan): Pick<StartedNode, 'maxMemory' | 'eviction'> {
  return { maxMemory, eviction };
}

/** With who has started it: for whoever reads the log afterwards. */
function startText({ name, join }: NodePlan, address: string, version: string): string {
  const how = join === undefined ? 'starts' : join.length === 0 ? 'joins' : `joins through ${join.join(', ')}`;
  return `${name} ${how}, mneme ${version} at ${address}, pid ${process.pid}, asked by ${ownName()}`;
}

function noPort(listen: string): OperatorError {
  const message = `"${listen}" leaves the port open, so that a node in the background could not be found`;
  return new OperatorError('usage', message, 'name a port, or leave --detach out');
}

/** Of a node that has tried to reach its Redis, if it has one: but that is not waited for for long. null: it stops just now. */
async function ownStatus(address: string): Promise<StatusReply | null> {
  for (const endMs = performance.now() + REDIS_TRIED_MS; ; await pause(50)) {
    const status = await withClient(address, (client) => client.call('STATUS', {})).catch(() => null);
    const { state, problem = null } = status?.self.engine ?? {};
    const isUntried = problem === null && (state === 'waiting' || state === 'connecting');
    if (!isUntried || performance.now() > endMs) return status;
  }
}

function redisOf(status: StatusReply | null): StartedNode['redis'] {
  const { redis, state, problem } = status?.self.engine ?? {};
  return redis === undefined || state === undefined ? null : { redis, state, problem: problem ?? null };
}

/** What was asked for to found a cluster, and the cluster that it came to has otherwise. */
function keptOf(plan: NodePlan, settings: SettingsReply | undefined): StartedNode['settingsKept'] {
  if (settings === undefined) return [];
  const asked = Object.entries(foundingOf(plan)) as [FoundingKey, string][];
  const written = (key: FoundingKey) => (key === 'failure-timeout' ? `${settings[key]}ms` : settings[key]);
  return asked.flatMap(([key, value]) => (written(key) === value ? [] : [{ key, asked: value, value: written(key) }]));
}

/** The other members, those in sight and those that are down. */
function othersOf(members: readonly MemberView[]): Pick<StartedNode, 'members' | 'missing'> {
  const those = (isWanted: (link: LinkState) => boolean) =>
    members.filter(({ link }) => link !== 'self' && isWanted(link)).map(({ name, replica }) => ({ name, replica }));
  const isMissing = (link: LinkState) => link === 'down' || link === 'connecting';
  return { members: those((link) => !isMissing(link)), missing: those(isMissing) };
}
