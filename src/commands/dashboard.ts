import { Flags } from '@oclif/core';
import { NodeCommand } from '../cli/base-command.js';
import { openInBrowser } from '../cli/browser.js';
import { dashboardPlace } from '../operations/dashboard/place.js';

export default class Dashboard extends NodeCommand {
  static override summary =
    "open a node's dashboard in a browser: members, lag, split-brains, and a desk to end them at";
  static override description =
    'Prints the address of the page, which a node that was started with --http serves. In a terminal from which a browser can be seen, it ' +
    'is opened. Who signs in there, and what they may do, is as for clients and the CLI: users with the role read look, admin resolves.';
  static override examples = [
    '<%= config.bin %> <%= command.id %>',
    '<%= config.bin %> <%= command.id %> --no-open',
    '<%= config.bin %> <%= command.id %> --node 10.0.0.2:7379',
  ];
  static override flags = {
    open: Flags.boolean({ allowNo: true, default: true, summary: 'open it in a browser, where there is one' }),
  };

  async run(): Promise<unknown> {
    const { flags } = await this.parse(Dashboard);
    const place = await dashboardPlace(flags.node);
    const { url, note } = place;
    await this.show(async () => (await import('../cli/views/as-it-is.js')).asItIsView, url);
    if (note !== null) this.note(note);
    const isOpened = flags.open && note === null && this.person.interactive && (await openInBrowser(url));
    return this.answer(async () => (await import('../cli/json/dashboard.js')).dashboardJson, { ...place, isOpened });
  }
}
