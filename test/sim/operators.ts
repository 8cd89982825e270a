import { readPolicy } from '../../src/core/model/policy-text.js';
import type { Decision } from '../../src/core/resolution/decisions.js';
import type { Strategy } from '../../src/core/resolution/strategy.js';
import { expectUndo } from './checkers/undo.js';
import type { SimNode } from './sim-node.js';
import type { World } from './world.js';

export interface OperatorOptions {
  readonly pauseMs: number;
  readonly undoChance: number;
  /** Chance that two act at once. */
  readonly twiceChance: number;
  readonly settingChance: number;
}

/** Some keys are decided otherwise than the rest, or by nobody but an operator. */
const RULES = ['hot=keep-longest-ttl,=lww', 'hot1=manual,=keep-longest-ttl', 'cold1=manual'];

/** Operators who plan, merge, promote and undo at any moment, two at once included. */
export class Operators {
  private isOn = false;
  resolutions = 0;
  undos = 0;
  /** What somebody still waits for an answer to: of a node that is up, for every question there is one. */
  private readonly asked = new Map<string, { readonly node: SimNode; readonly epoch: number }>();
  private questions = 0;

  constructor(
    private readonly world: World,
    private readonly options: OperatorOptions,
  ) {}

  start(): void {
    this.isOn = true;
    this.next();
  }

  stop(): void {
    this.isOn = false;
  }

  /** Oldest first. A node that went away answers no more. */
  get waiting(): string[] {
    for (const [question, { node, epoch }] of this.asked) if (!node.isIn(epoch)) this.asked.delete(question);
    return [...this.asked.keys()];
  }

  /** Gives what is to be called with the answer. */
  private ask(node: SimNode, what: string): () => void {
    const question = `${what} ${++this.questions} at ${node.name}`;
    this.asked.set(question, { node, epoch: node.currentEpoch });
    return () => this.asked.delete(question);
  }

  /** What an operator does once all is healed: forgets members whose machines are gone, and resolves what is open. */
  tidy(): void {
    const gone = (replica: string): boolean => this.world.nodeOf(replica)?.isGone !== false;
    this.startOrphansAnew();
    const by = this.world.nodes.find((node) => node.isServing && !this.world.former.has(node.replica));
    for (const { replica } of by?.core?.status.records.active() ?? []) {
      if (gone(replica)) this.world.forget(by!, replica);
    }
    this.resolveAny();
  }

  /** Who was forgotten, and does not hear of it since all whom it knows are gone: as its operator sees, who starts it anew. */
  private startOrphansAnew(): void {
    const { former, nodes } = this.world;
    const isGone = ({ replica }: { replica: string }): boolean => this.world.nodeOf(replica) === undefined;
    for (const node of nodes) {
      if (!node.isServing || !former.has(node.replica)) continue;
      const { peers, records } = node.core!.status;
      const others = records.active().filter(({ replica }) => replica !== node.replica);
      if (peers.size === 0 && others.every(isGone)) node.startAnew();
    }
  }

  private resolveAny(): void {
    const nodes = this.world.nodes.filter((node) => node.isJoined);
    const waiting = nodes.filter((node) =>
      node.core!.status.records.openIncidents().some(({ state }) => state === 'open'),
    );
    if (waiting.length > 0) this.resolve(this.world.random.pick(waiting));
  }

  private next(): void {
    const { random, schedule } = this.world;
    schedule.after(random.between(1, 2 * this.options.pauseMs), () => {
      if (!this.isOn) return;
      this.act();
      if (random.chance(this.options.twiceChance)) this.act();
      this.next();
    });
  }

  private act(): void {
    const { random, nodes } = this.world;
    const serving = nodes.filter((node) => node.isServing);
    if (serving.length === 0) return;
    if (random.chance(this.options.settingChance)) return this.set(random.pick(serving));
    if (random.chance(this.options.undoChance)) return this.undo(random.pick(serving));
    const atSplit = serving.filter((node) => node.core!.status.records.openIncidents().length > 0);
    if (atSplit.length > 0) this.resolve(random.pick(atSplit));
  }

  private resolve(node: SimNode): void {
    const strategy = this.strategy(node);
    const { world } = this;
    const note = (text: string): void => world.note(`${node.name}: ${text}`);
    note(`operator resolves by ${JSON.stringify(strategy)}`);
    const planned = this.ask(node, 'a plan');
    const resolved = this.ask(node, 'a resolution');
    node.turn((core) => {
      const decisions = new Map<string, Decision>();
      core.operator.plan(strategy, decisions, {
        resolve: (plan) => {
          planned();
          note(`plan of ${plan.items.length} items`);
        },
        reject: (error) => {
          planned();
          note(`no plan: ${error.message}`);
        },
      });
      core.operator.resolve(strategy, decisions, null, {
        resolve: (incident) => {
          resolved();
          this.resolutions++;
          note(`resolved ${incident.id}`);
        },
        reject: (error) => {
          resolved();
          note(`not resolved: ${error.message}`);
        },
      });
    });
  }

  private strategy(node: SimNode): Strategy {
    const { random } = this.world;
    const { status } = node.core!;
    const members = status.records.active().map(({ replica }) => replica);
    switch (random.between(0, 6)) {
      case 0:
      case 1:
        return { kind: 'promote', node: random.pick(status.liveness.island()) };
      case 2:
        return { kind: 'merge', policy: 'prefer', node: random.pick(members) };
      case 3:
        return { kind: 'merge', policy: 'keep-longest-ttl' };
      case 4:
        return { kind: 'promote', node: random.pick(members) };
      case 5:
        return { kind: 'merge', ...readPolicy(random.pick(RULES), (name) => name)! };
      default:
        return { kind: 'merge', policy: 'lww' };
    }
  }

  private undo(node: SimNode): void {
    const { world } = this;
    const incidents = node.core!.status.records.incidentList().filter(({ state }) => state === 'resolved');
    if (incidents.length === 0) return;
    const { id } = world.random.pick(incidents);
    world.note(`${node.name}: operator undoes ${id}`);
    const verify = expectUndo(node, id);
    const undone = this.ask(node, 'an undo');
    node.turn((core) => {
      core.operator.undo(
        { incident: id, key: null, dryRun: world.random.chance(0.1) },
        {
          resolve: (result) => {
            undone();
            world.note(`${node.name}: undone ${id}: ${result.restored} restored, ${result.skipped} skipped`);
            this.undos++;
            if (result.undoIncident !== null || result.restored === 0) verify();
          },
          reject: (error) => {
            undone();
            world.note(`${node.name}: not undone: ${error.message}`);
          },
        },
      );
    });
  }

  private set(node: SimNode): void {
    const { random } = this.world;
    const value = random.pick(['merge', 'merge', 'manual', 'promote-oldest', 'promote-largest', ...RULES]);
    this.world.note(`${node.name}: on-heal is ${value}`);
    node.turn((core) => core.operator.changeSetting('on-heal', value));
  }
}
