import { faultOf, type Kinds, shown } from '../../core/model/fields.js';
import type { Entries } from './entries.js';
import { usage } from './errors.js';

/** What an adapter is made of. @throws MnemeError `usage` */
export function checkAdapter(name: string, node: Pick<Entries<unknown>, 'as'>, options: object, kinds: Kinds): void {
  const as: unknown = (node as typeof node | undefined | null)?.as;
  if (typeof as !== 'function')
    throw usage(`${name} takes a node as openNode gives it, new ${name}(node, options), not ${shown(node)}`);
  const fault = faultOf(name, options, kinds);
  if (fault !== null) throw usage(fault);
}
