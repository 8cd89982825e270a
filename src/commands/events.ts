import { Flags } from '@oclif/core';
import { NodeCommand } from '../cli/base-command.js';
import { durationFlag } from '../cli/flags.js';
import { listFlags, requireWhole } from '../cli/lists/list-flags.js';
import { untilInterrupted } from '../cli/watch.js';
import { EVENT_KINDS } from '../core/model/about.js';
import { type EventsSeen, followEvents, readEvents } from '../operations/cluster/events.js';

const LINES = 1000;
const LINES_BEFORE = 10;
const DAY_MS = 24 * 3_600_000;
const EVENTS_JSON = async () => (await import('../cli/json/events.js')).eventsJson;

export default class Events extends NodeCommand {
  static override summary = 'show what happened at a node, and who had what done';
  static override description =
    'Members that go down and come back, split-brains and what became of them, settings, clocks, disks, problems while they last, and each act ' +
    'of an operator with who it was and from where. Nodes keep them for set-aside-days, and 32 MiB at most. With --follow --json each line is ' +
    'an object with what is new.';
  static override examples = [
    '<%= config.bin %> <%= command.id %>',
    '<%= config.bin %> <%= command.id %> --all --since 1h',
    '<%= config.bin %> <%= command.id %> --kind act --since 7d --json',
    '<%= config.bin %> <%= command.id %> --follow --kind down --kind up',
  ];
  static override flags = {
    follow: Flags.boolean({ char: 'f', summary: 'go on until Ctrl-C, as it happens' }),
    all: Flags.boolean({ char: 'a', summary: 'of all members that answer, in order of time' }),
    since: durationFlag({ summary: 'not older than this; default: 24h' }),
    kind: Flags.string({
      multiple: true,
      multipleNonGreedy: true,
      helpValue: 'KIND',
      summary: `only these: ${EVENT_KINDS.join(', ')}`,
    }),
    ...listFlags(),
    lines: Flags.integer({
      min: 0,
      helpValue: 'COUNT',
      summary: `the latest so many of each node; default: ${LINES}, with --follow ${LINES_BEFORE}`,
    }),
  };

  async run(): Promise<unknown> {
    const { flags } = await this.parse(Events);
    const { follow, all, kind: kinds = [], since = DAY_MS } = flags;
    const limit = flags.lines ?? (follow && flags.since === undefined ? LINES_BEFORE : LINES);
    const query = { sinceMs: Math.max(0, Date.now() - since), kinds, limit, all };
    if (follow) {
      requireWhole(flags, '--follow');
      const { seen, cursors } = await readEvents(flags.node, query);
      const show = await this.shower(all);
      show({ ...seen, leftOut: 0 });
      await followEvents(cursors, kinds, untilInterrupted(), show);
      return undefined;
    }
    return this.list(flags, {
      listing: async () => (await import('../cli/views/events.js')).eventListing,
      json: async () => {
        const toJson = await EVENTS_JSON();
        return ({ seen }) => toJson(seen);
      },
      ask: async () => ({ seen: (await readEvents(flags.node, query)).seen, all }),
    });
  }

  private async shower(all: boolean): Promise<(seen: EventsSeen) => void> {
    const toJson = await this.answerer(EVENTS_JSON);
    if (toJson !== undefined) return (seen) => this.showPart(`${JSON.stringify(toJson(seen))}\n`);
    const { followedView } = await import('../cli/views/events.js');
    return (seen) => {
      const text = followedView({ seen, all }, this.pageOf(process.stdout));
      this.showPart(text === '' ? '' : `${text}\n`);
    };
  }
}
