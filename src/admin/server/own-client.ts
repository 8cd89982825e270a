import { ANYBODY } from '../../fronts/resp/access/identity.js';
import { type AdminHandler, AdminReplyError, type Asker } from '../../fronts/resp/admin.js';
import { asker } from '../client/asker.js';
import { type AdminClient, adminError, type ClientOptions, connectClient, type Passport } from '../client/client.js';
import type { AdminApi, AdminVerb } from '../protocol/api.js';
import { ownName } from '../protocol/asked-by.js';

/** The node of this very process, asked without a connection. */
export class OwnClient implements AdminClient {
  /**
   * @param passport what is shown to other nodes
   * @param who by default whoever runs the process, who may do everything
   * @param options of connections to other nodes
   */
  constructor(
    readonly address: string,
    private readonly handle: AdminHandler,
    private readonly passport: Passport,
    private readonly who: Asker | null = null,
    private readonly options: ClientOptions = {},
  ) {}

  get asker(): string {
    return this.who?.name ?? asker();
  }

  async call<V extends AdminVerb>(verb: V, request: AdminApi[V]['request']): Promise<AdminApi[V]['reply']> {
    const who = this.who ?? { name: ownName(), address: 'its own process', identity: ANYBODY };
    try {
      return JSON.parse(await this.handle(verb, JSON.stringify(request), who)) as AdminApi[V]['reply'];
    } catch (error) {
      throw error instanceof AdminReplyError ? adminError(error.json, error) : error;
    }
  }

  reach(address: string): Promise<AdminClient> {
    return connectClient(address, this.options, this.passport);
  }

  close(): void {}
}
