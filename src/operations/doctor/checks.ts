import { parseAddress } from '../../admin/protocol/address.js';
import type { HealthReply } from '../../admin/protocol/health.js';
import { advice, quoteWord } from '../../hints/advice.js';
import type { ClusterStatus, LinkSight } from '../cluster/status.js';
import { humanDuration } from '../common/durations.js';
import { humanBytes } from '../common/sizes.js';
import type { Survey } from '../common/survey.js';
import { CERTIFICATE_DAYS, trustFindings } from './trust-findings.js';

export interface Finding {
  /** The name of the check. */
  readonly check: string;
  /** The member that it is about; null: several, or none. */
  readonly node: string | null;
  readonly text: string;
  /** A command, with a note after it, or a note alone. */
  readonly next: string | null;
}

/** What a check has before it. */
export interface Patient {
  readonly survey: Survey;
  readonly status: ClusterStatus;
  /** By the names of those that answered. */
  readonly health: ReadonlyMap<string, HealthReply>;
}

interface Check {
  readonly name: string;
  /** What is so where it finds nothing. */
  readonly about: string;
  find(patient: Patient): Omit<Finding, 'check'>[];
}

const SKEW_MS = 100;
const AWAY_MS = 3_600_000;
const RESOLVING_MS = 60_000;
const SYNC_MS = 50;
const FREE_SHARE = 0.1;
const FULL_SHARE = 0.9;
const RESIDENT_SHARE = 0.8;
const MACHINE_FREE_SHARE = 0.05;
const LATE_MS = 250;
const WAITING_MS = 30_000;
/** The kind of problem that the check of other clusters is about. */
const FOREIGN = 'foreign-cluster';
/** With fewer, a node takes fewer clients than it would. */
const FILES_USUAL = 10_160;

/** In the order in which an operator should mend what they find. */
export const CHECKS: readonly Check[] = [
  { name: 'answers', about: 'every member answers', find: silent },
  { name: 'reach', about: 'members reach each other, both ways', find: unreached },
  { name: 'addresses', about: 'members are where their records say, for all of them', find: addresses },
  { name: 'clusters', about: "no other cluster is at a member's address", find: clusters },
  { name: 'clocks', about: `clocks are within ${SKEW_MS} ms of each other`, find: clocks },
  { name: 'split-brain', about: 'none waits to be resolved', find: splitBrains },
  { name: 'away', about: 'nobody is away for more than an hour', find: away },
  { name: 'quorum', about: 'one member may be down', find: quorum },
  { name: 'versions', about: 'members run the same version', find: versions },
  { name: 'disk', about: `disks have room, and are durable within ${SYNC_MS} ms`, find: disks },
  { name: 'memory', about: 'entries and machines have room', find: memory },
  { name: 'files', about: 'there are enough open files for clients', find: files },
  { name: 'load', about: `requests wait less than ${LATE_MS} ms for their turn`, find: load },
  {
    name: 'trust',
    about: `certificates are good for ${CERTIFICATE_DAYS} days, and secrets and keys are not open to others`,
    find: trust,
  },
  { name: 'redis', about: 'each attached Redis keeps up, and nothing is held', find: redis },
  { name: 'problems', about: 'no member says that something else is wrong', find: problems },
];

type Found = Omit<Finding, 'check'>[];

function silent({ survey, status }: Patient): Found {
  return survey.silent.map(({ name, address, problem }) => {
    const hearing = status.sights.filter(({ to, state }) => to === name && state === 'in-sync').map(({ from }) => from);
    const text = `${name} at ${address} does not answer here: ${problem}`;
    if (hearing.length === 0) {
      const isMute = problem.includes('no answer within');
      const look = isMute ? 'On its machine, look whether the process hangs. If there is none' : 'On its machine';
      return { node: name, text, next: `${look}: mneme cluster start --name ${name}` };
    }
    return {
      node: name,
      text: `${text}; ${hearing.join(', ')} hear it`,
      next: `Check the way from this machine to ${address}.`,
    };
  });
}

/** Between members that answer; one that does not is told of by `answers`. */
function unreached({ survey, status }: Patient): Found {
  const answering = new Set(survey.answers.map(({ self }) => self.name));
  const down = status.sights.filter(
    ({ from, to, state }) => state === 'down' && answering.has(from) && answering.has(to),
  );
  const isDown = (from: string, to: string) => down.some((one) => one.from === from && one.to === to);
  const once = down.filter(({ from, to }) => from < to || !isDown(to, from));
  return once.map(({ from, to, sinceMs, drillCut }: LinkSight) => {
    const both = isDown(to, from);
    const how = both
      ? `${from} and ${to} do not reach each other`
      : `${from} does not hear ${to}, though ${to} hears ${from}`;
    const text = `${how}, for ${humanDuration(sinceMs)}${drillCut ? ': a drill has cut their link' : ''}`;
    const next = drillCut
      ? 'mneme drill heal'
      : advice(`mneme replica inspect ${from}`, 'Check addresses, firewalls and routes between the two, each way.');
    return { node: from, text, next };
  });
}

function addresses({ status }: Patient): Found {
  const hosts = status.members.map((member) => ({ ...member, host: parseAddress(member.address).host }));
  const isSpread = new Set(hosts.filter(({ host }) => !isLoopback(host)).map(({ host }) => host)).size > 0;
  const hidden = hosts.filter(({ host }) => isSpread && isLoopback(host));
  const twice = hosts.filter((one) => hosts.some((other) => other !== one && other.address === one.address));
  return [
    ...hidden.map(({ name, address }) => ({
      node: name,
      text: `${name} says that it is at ${address}, where members on other machines do not find it`,
      next: `Start ${name} with --advertise HOST:PORT, an address that all members reach it at.`,
    })),
    ...twice.slice(0, 1).map(({ address }) => ({
      node: null,
      text: `${twice.map(({ name }) => name).join(' and ')} are both listed at ${address}`,
      next: advice('mneme cluster status', 'Forget the one that is gone.'),
    })),
  ];
}

function clocks({ survey }: Patient): Found {
  const limitMs = survey.asked.settings['clock-skew-limit'];
  const seen = survey.answers.flatMap(({ self, members }) =>
    members.map(({ name, clockSkewMs }) => ({ from: self.name, to: name, skewMs: clockSkewMs ?? 0 })),
  );
  const far = seen.filter(({ skewMs }) => Math.abs(skewMs) > SKEW_MS);
  const once = far.filter(({ from, to }) => from < to || !far.some((one) => one.from === to && one.to === from));
  return once.map(({ from, to, skewMs }) => ({
    node: to,
    text: `the clock of ${to} is ${humanDuration(Math.abs(skewMs))} ${skewMs > 0 ? 'ahead of' : 'behind'} that of ${from}; at ${humanDuration(limitMs)} they stop replicating`,
    next: advice('timedatectl', 'On both machines: time has to be synchronised.'),
  }));
}

function splitBrains({ status }: Patient): Found {
  return status.incidents.map(({ id, state, detectedMs, problem, strategy }) => {
    const ageMs = Math.max(0, status.nowMs - detectedMs);
    const age = humanDuration(ageMs);
    if (state === 'resolving' && ageMs > RESOLVING_MS)
      return { node: null, text: `${id} is being resolved (${strategy}) for ${age}`, next: 'mneme split-brain status' };
    const why = problem == null ? '' : `: ${problem}`;
    return { node: null, text: `${id} is ${state} for ${age}${why}`, next: 'mneme split-brain plan' };
  });
}

/** What a member that is away costs is seen where it is kept: the most that any member keeps. */
function away({ survey, status }: Patient): Found {
  const answering = new Set(survey.answers.map(({ self }) => self.name));
  const rows = Math.max(0, ...survey.answers.map(({ self }) => self.logRows));
  const tombstones = Math.max(0, ...survey.answers.map(({ self }) => self.tombstones));
  const gone = status.sights.filter(
    ({ to, state, sinceMs }) => state === 'down' && sinceMs > AWAY_MS && !answering.has(to),
  );
  const longest = new Map<string, LinkSight>();
  for (const sight of gone) if (sight.sinceMs > (longest.get(sight.to)?.sinceMs ?? 0)) longest.set(sight.to, sight);
  return [...longest.values()].map(({ to, sinceMs }) => ({
    node: to,
    text: `${to} is away for ${humanDuration(sinceMs)}; until it is back, the others keep for it what it missed: up to ${rows} writes and ${tombstones} deletes`,
    next: advice(`mneme cluster forget ${to}`, 'If it will not return.'),
  }));
}

function quorum({ survey, status }: Patient): Found {
  if (survey.asked.settings['partition-mode'] !== 'majority' || status.members.length !== 2) return [];
  const text = 'partition-mode is majority, and there are two members: when one is down, the other takes no writes';
  return [{ node: null, text, next: 'Add a third member, or set mneme cluster settings partition-mode available' }];
}

function versions({ survey }: Patient): Found {
  const found = new Map<string, string[]>();
  for (const { self } of survey.answers) found.set(self.version, [...(found.get(self.version) ?? []), self.name]);
  if (found.size < 2) return [];
  const text = [...found].map(([version, names]) => `${names.join(', ')}: ${version}`).join('; ');
  return [
    {
      node: null,
      text: `versions differ: ${text}`,
      next: 'Upgrade one member after the other, each once the last is in sync.',
    },
  ];
}

function disks({ survey, health }: Patient): Found {
  return survey.answers.flatMap(({ self }): Found => {
    const { name, dir = null, diskBytes } = self;
    const disk = health.get(name)?.disk ?? null;
    if (disk === null || dir === null) return [];
    const { freeBytes, totalBytes, syncsMs, problem } = disk;
    const found: Found = [];
    if (problem !== null)
      found.push({ node: name, text: `${name} cannot write into ${dir}: ${problem}`, next: `df -h ${quoteWord(dir)}` });
    const room = `${name}: ${humanBytes(freeBytes)} of the ${humanBytes(totalBytes)} of its disk are free`;
    if (freeBytes < diskBytes)
      found.push({
        node: name,
        text: `${room}; a compaction may need as much as its data take, ${humanBytes(diskBytes)}`,
        next: `df -h ${quoteWord(dir)}`,
      });
    else if (freeBytes < FREE_SHARE * totalBytes && freeBytes < 10 * 2 ** 30)
      found.push({ node: name, text: room, next: `df -h ${quoteWord(dir)}` });
    const syncMs = median(syncsMs);
    if (syncMs > SYNC_MS)
      found.push({
        node: name,
        text: `${name}: making a write durable takes ${humanDuration(syncMs)} (median of ${syncsMs.length})`,
        next: 'WAIT and --fsync always wait for the disk; see what else writes to it.',
      });
    return found;
  });
}

function memory({ survey, health }: Patient): Found {
  return survey.answers.flatMap(({ self }): Found => {
    const { name } = self;
    const found: Found = [];
    const { usedBytes = 0, maxBytes = 0, policy = '' } = self.memory ?? {};
    if (maxBytes > 0 && usedBytes > FULL_SHARE * maxBytes)
      found.push({
        node: name,
        text: `${name}: its entries take ${humanBytes(usedBytes)} of ${humanBytes(maxBytes)}; beyond, ${policy === 'noeviction' ? 'writes are refused' : `keys are evicted (${policy})`}`,
        next: 'Give it more by --max-memory, or let keys expire.',
      });
    const machine = health.get(name)?.memory;
    if (machine === undefined) return found;
    const { residentBytes, machineBytes, machineFreeBytes } = machine;
    const isShort =
      residentBytes > RESIDENT_SHARE * machineBytes || machineFreeBytes < MACHINE_FREE_SHARE * machineBytes;
    if (isShort)
      found.push({
        node: name,
        text: `${name} takes ${humanBytes(residentBytes)}; of the ${humanBytes(machineBytes)} of its machine ${humanBytes(machineFreeBytes)} are left`,
        next: 'Limit its entries by --max-memory, or give the machine more: the system ends what takes too much.',
      });
    return found;
  });
}

function files({ survey, health }: Patient): Found {
  return survey.answers.flatMap(({ self: { name } }): Found => {
    const one = health.get(name);
    if (one === undefined) return [];
    const { limit, open } = one.files;
    const { now, most } = one.clients;
    const raise = `Raise the limit of open files (LimitNOFILE= in a systemd unit, ulimit -n in a shell), and start ${name} again.`;
    if (now > FULL_SHARE * most)
      return [{ node: name, text: `${name} has ${now} clients, and takes ${most}`, next: raise }];
    if (limit !== null && open !== null && open > FULL_SHARE * limit)
      return [{ node: name, text: `${name} has ${open} files open of ${limit}`, next: raise }];
    if (limit !== null && limit < FILES_USUAL)
      return [
        {
          node: name,
          text: `${name} takes ${most} clients at most, since its limit of open files is ${limit}`,
          next: raise,
        },
      ];
    return [];
  });
}

function load({ survey, health }: Patient): Found {
  return survey.answers.flatMap(({ self: { name, address } }): Found => {
    const one = health.get(name);
    if (one === undefined || one.lateMs.most < LATE_MS) return [];
    const { cores, load: now } = one.machine;
    const text = `${name}: a request waited up to ${humanDuration(one.lateMs.most)} for its turn; load ${now.toFixed(1)} on ${cores} cores`;
    const { host, port } = parseAddress(address);
    return [
      {
        node: name,
        text,
        next: advice(`redis-cli -h ${host} -p ${port} slowlog get 10`, 'And see what else its machine runs.'),
      },
    ];
  });
}

function trust({ survey, health, status }: Patient): Found {
  return survey.answers.flatMap(({ self: { name } }) => trustFindings(name, health.get(name)?.trust, status.nowMs));
}

/** A key keeps the number of its database wherever it goes. */
function databases({ status }: Patient): Found {
  const found = new Map<string, string[]>();
  for (const { node, redis: server } of status.engines) {
    const number = /\/(\d+)(?:\?|$)/.exec(server)?.[1];
    if (number !== undefined) found.set(number, [...(found.get(number) ?? []), node]);
  }
  if (found.size < 2) return [];
  const text = [...found].map(([number, nodes]) => `${nodes.join(', ')}: ${number}`).join('; ');
  const next = 'Start them with the same number: --engine redis://HOST:PORT/NUMBER.';
  return [
    {
      node: null,
      text: `the attached Redis have different database numbers, between which nothing travels (${text})`,
      next,
    },
  ];
}

function redis(patient: Patient): Found {
  return [...databases(patient), ...attached(patient)];
}

function attached({ survey, status }: Patient): Found {
  return status.engines.flatMap(({ node, state, problem, held, leftOut, waitingMs, redis: server }): Found => {
    const address = survey.answers.find(({ self }) => self.name === node)?.self.address ?? node;
    const next = `mneme engine status --node ${address}`;
    const keys = held.missing + held.different + held.added + held.doubtful;
    if (state === 'held' || keys > 0)
      return [{ node, text: `${node}: ${server} may have lost data; ${keys} keys wait for a decision`, next }];
    if (state !== 'attached')
      return [
        {
          node,
          text: `${node} is not attached to ${server} (${state}${problem === null ? '' : `: ${problem}`})`,
          next,
        },
      ];
    if (problem !== null) return [{ node, text: `${node}: ${problem}`, next }];
    if (leftOut.count > 0) return [{ node, text: `${node}: ${leftOut.count} keys are left out`, next }];
    if (waitingMs > WAITING_MS)
      return [{ node, text: `${node}: changes wait for ${humanDuration(waitingMs)} between it and ${server}`, next }];
    return [];
  });
}

function problems(patient: Patient): Found {
  return problemsOf(patient, (kind) => kind !== FOREIGN);
}

/** As after a directory was lost and its node started anew, or where two clusters are found under one name. */
function clusters(patient: Patient): Found {
  return problemsOf(patient, (kind) => kind === FOREIGN);
}

function problemsOf({ survey }: Patient, isWanted: (kind: string) => boolean): Found {
  return survey.answers.flatMap(({ self, problems: own = [] }) =>
    own
      .filter(({ kind }) => isWanted(kind))
      .map(({ text, next }) => ({ node: self.name, text: `${self.name}: ${text}`, next })),
  );
}

// ---

function isLoopback(host: string): boolean {
  return host === 'localhost' || host === '::1' || /^127\.[\d.]+$/.test(host);
}

function median(values: readonly number[]): number {
  return [...values].sort((a, b) => a - b)[Math.floor(values.length / 2)] ?? 0;
}
