import { ANYBODY } from '../../fronts/resp/access/identity.js';
import { type AdminHandler, AdminReplyError } from '../../fronts/resp/admin.js';
import { type AdminClient, adminError, connectClient, type Passport } from '../client/client.js';
import type { AdminApi, AdminVerb } from '../protocol/api.js';
import { ownName } from '../protocol/asked-by.js';

/** The node of this very process, asked without a connection. Whoever runs the process may do everything. */
export class OwnClient implements AdminClient {
  constructor(
    readonly address: string,
    private readonly handle: AdminHandler,
    private readonly passport: Passport,
  ) {}

  async call<V extends AdminVerb>(verb: V, request: AdminApi[V]['request']): Promise<AdminApi[V]['reply']> {
    const asker = { name: ownName(), address: 'its own process', identity: ANYBODY };
    try {
      return JSON.parse(await this.handle(verb, JSON.stringify(request), asker)) as AdminApi[V]['reply'];
    } catch (error) {
      throw error instanceof AdminReplyError ? adminError(error.json, error) : error;
    }
  }

  reach(address: string): Promise<AdminClient> {
    return connectClient(address, {}, this.passport);
  }

  close(): void {}
}
