import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { inside, run, tryTo } from '../e2e/hosts.js';

const WIRE = 'wire';
const BRIDGE = 'switch';
const execute = promisify(execFile);

/** Ends a fault. */
export type End = () => unknown;

/**
 * A network of hosts, each a network namespace at one switch. Clients and operators reach each host over a second cable of its
 * own: what happens between the hosts does not happen to them. It belongs to a process in namespaces of its own (`main.js`), and goes
 * with them, however that process ends.
 */
export class Network {
  /** From which host to which no packet passes: how many faults want it so. */
  private readonly cuts = new Map<string, number>();
  private readonly lost = new Map<string, number[]>();
  private readonly filtering = new Map<string, Promise<void>>();

  constructor(private readonly names: readonly string[]) {
    run('ip', 'link', 'set', 'lo', 'up');
    run('ip', 'link', 'add', BRIDGE, 'type', 'bridge');
    run('ip', 'link', 'set', BRIDGE, 'up');
    for (const name of names) this.addHost(name);
  }

  addressOf(name: string): string {
    return `10.77.0.${this.numberOf(name)}`;
  }

  /** From one host to another nothing passes any more, on each of the ways. Returns what ends that. */
  cut(ways: readonly (readonly [from: string, to: string])[]): Promise<End> {
    const change = async (by: number) => {
      for (const [from, to] of ways) this.cuts.set(`${from}>${to}`, (this.cuts.get(`${from}>${to}`) ?? 0) + by);
      await Promise.all([...new Set(ways.map(([, to]) => to))].map((name) => this.filter(name)));
    };
    return change(1).then(() => () => change(-1));
  }

  /** So many percent of what comes to a host is lost. */
  async lose(name: string, percent: number): Promise<End> {
    const all = this.lost.get(name) ?? [];
    this.lost.set(name, all);
    all.push(percent);
    await this.filter(name);
    return () => {
      all.splice(all.indexOf(percent), 1);
      return this.filter(name);
    };
  }

  /** What a host sends waits, by a discipline of `tc`. */
  async shape(name: string, ...discipline: readonly string[]): Promise<End> {
    const [command, ...rest] = [...inside(name), 'tc', 'qdisc'];
    await execute(command!, [...rest, 'add', 'dev', WIRE, 'root', ...discipline]);
    return async () => void (await execute(command!, [...rest, 'del', 'dev', WIRE, 'root']));
  }

  /** Whether the kernel knows a discipline. */
  knows(...discipline: readonly string[]): boolean {
    const [name = ''] = this.names;
    if (!tryTo(...inside(name), 'tc', 'qdisc', 'add', 'dev', WIRE, 'root', ...discipline)) return false;
    run(...inside(name), 'tc', 'qdisc', 'del', 'dev', WIRE, 'root');
    return true;
  }

  // -------------------------------------------------------------------------------------------------------------------

  private numberOf(name: string): number {
    return this.names.indexOf(name) + 1;
  }

  private addHost(name: string): void {
    const desk = `desk-${name}`;
    const number = this.numberOf(name);
    run('ip', 'netns', 'add', name);
    run('ip', '-n', name, 'link', 'set', 'lo', 'up');
    run('ip', 'link', 'add', `port-${name}`, 'type', 'veth', 'peer', 'name', WIRE, 'netns', name);
    run('ip', 'link', 'set', `port-${name}`, 'master', BRIDGE, 'up');
    run('ip', '-n', name, 'addr', 'add', `${this.addressOf(name)}/24`, 'dev', WIRE);
    run('ip', '-n', name, 'link', 'set', WIRE, 'up');
    run('ip', 'link', 'add', desk, 'type', 'veth', 'peer', 'name', 'desk', 'netns', name);
    run('ip', 'addr', 'add', `10.78.${number}.1/24`, 'dev', desk);
    run('ip', 'link', 'set', desk, 'up');
    run('ip', '-n', name, 'addr', 'add', `10.78.${number}.2/24`, 'dev', 'desk');
    run('ip', '-n', name, 'link', 'set', 'desk', 'up');
    run('ip', 'route', 'add', `${this.addressOf(name)}/32`, 'via', `10.78.${number}.2`);
  }

  /** All rules of a host anew, in one step. Packets vanish, as with a broken switch: no connection is reset. */
  private filter(name: string): Promise<void> {
    const done = (this.filtering.get(name) ?? Promise.resolve()).then(async () => {
      const [command, ...rest] = [...inside(name), 'nft'];
      await execute(command!, [...rest, this.rulesOf(name)]);
    });
    this.filtering.set(name, done);
    return done;
  }

  private rulesOf(name: string): string {
    const from = this.names.filter((other) => (this.cuts.get(`${other}>${name}`) ?? 0) > 0);
    const rules = [
      'add table ip faults',
      'delete table ip faults',
      'add table ip faults',
      'add chain ip faults arriving { type filter hook input priority 0; }',
      ...from.map((other) => `add rule ip faults arriving ip saddr ${this.addressOf(other)} drop`),
      ...(this.lost.get(name) ?? []).map(
        (percent) => `add rule ip faults arriving iifname ${WIRE} numgen random mod 100 < ${percent} drop`,
      ),
    ];
    return rules.join('; ');
  }
}
