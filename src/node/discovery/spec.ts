import { isIPv4 } from 'node:net';
import { OperatorError } from '../../core/model/errors.js';
import { DEFAULT_PORT, formatAddress, parseAddress } from '../../links/address.js';

/** How a node finds others, as `--discover` names it. `text` is what comes to the same when it is read again. */
export type DiscoverySpec = { readonly text: string } & (
  | { readonly kind: 'static'; readonly addresses: readonly string[] }
  | { readonly kind: 'dns'; readonly name: string; readonly port: number }
  | { readonly kind: 'dns-srv'; readonly name: string }
  | { readonly kind: 'multicast'; readonly group: string; readonly port: number }
  /** `namespace` null: that of the pod. */
  | { readonly kind: 'kubernetes'; readonly namespace: string | null; readonly selector: string }
);

/** Of the addresses that organisations may use for themselves (RFC 2365). */
export const MULTICAST_GROUP = '239.255.73.79';
/** EndpointSlices carry the labels of their service. */
export const KUBERNETES_SELECTOR = 'app.kubernetes.io/name=mneme';

/** For tables and sentences, where a list of addresses would be too much. */
export function mechanismName(text: string): string {
  return text.startsWith('static:') ? 'static' : text;
}

/** @throws OperatorError `usage`, which names what is wrong and how each kind is written. */
export function parseDiscovery(text: string): DiscoverySpec {
  const [kind = '', ...parts] = text.split(':');
  const rest = parts.join(':');
  switch (kind) {
    case 'static':
      return { text, kind, addresses: addressesOf(text, rest) };
    case 'dns':
      return { text, kind, ...nameAndPort(text, rest) };
    case 'dns-srv':
      return { text, kind, name: hostName(text, rest) };
    case 'multicast':
      return { text, kind, ...groupAndPort(text, rest) };
    case 'kubernetes':
      return { text, kind, ...placeOf(text, rest) };
    default:
      throw nonsense(text, `there is no mechanism ${JSON.stringify(kind)}`);
  }
}

// ---------------------------------------------------------------------------------------------------------------------

/** A label of Kubernetes, and a list of requirements on labels. */
const NAMESPACE = /^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$/;
const SELECTOR = /^[\w./-]+(?:(?:=|==|!=)[\w.-]*)?(?:,[\w./-]+(?:(?:=|==|!=)[\w.-]*)?)*$/;

function addressesOf(text: string, list: string): string[] {
  if (list === '') throw nonsense(text, 'it names no address');
  return list.split(',').map((one) => {
    const address = parsed(text, one);
    if (address.port === 0) throw nonsense(text, `${one} has no port`);
    return formatAddress(address);
  });
}

function nameAndPort(text: string, place: string): { name: string; port: number } {
  const { host, port } = parsed(text, place);
  if (port === 0) throw nonsense(text, 'its port is 0');
  if (isIPv4(host) || host.includes(':'))
    throw nonsense(text, `${host} is an address, not a name: write static:${place}`);
  return { name: host, port };
}

function hostName(text: string, name: string): string {
  if (name.includes(':')) throw nonsense(text, 'SRV records say the port: leave it out');
  return nameAndPort(text, name).name;
}

function groupAndPort(text: string, place: string): { group: string; port: number } {
  if (place === '') return { group: MULTICAST_GROUP, port: DEFAULT_PORT };
  const { host, port } = parsed(text, place);
  const first = Number(host.split('.')[0]);
  if (!isIPv4(host) || first < 224 || first > 239)
    throw nonsense(text, `${host} is no multicast address (224.0.0.0 to 239.255.255.255)`);
  if (port === 0) throw nonsense(text, 'its port is 0');
  return { group: host, port };
}

/** A selector without `=` is the name of a service. */
function placeOf(text: string, place: string): { namespace: string | null; selector: string } {
  const slash = place.indexOf('/');
  const namespace = slash < 0 ? place : place.slice(0, slash);
  const wanted = slash < 0 ? '' : place.slice(slash + 1);
  if (namespace !== '' && !NAMESPACE.test(namespace))
    throw nonsense(text, `${JSON.stringify(namespace)} is no namespace`);
  if (wanted !== '' && !SELECTOR.test(wanted))
    throw nonsense(text, `${JSON.stringify(wanted)} is no selector of labels`);
  const selector =
    wanted === '' ? KUBERNETES_SELECTOR : /[=,]/.test(wanted) ? wanted : `kubernetes.io/service-name=${wanted}`;
  return { namespace: namespace === '' ? null : namespace, selector };
}

function parsed(text: string, place: string): { host: string; port: number } {
  try {
    const address = parseAddress(place);
    if (address.host === '') throw nonsense(text, 'it names no host');
    return address;
  } catch (error) {
    throw error instanceof OperatorError ? nonsense(text, error.message) : error;
  }
}

function nonsense(text: string, why: string): OperatorError {
  return new OperatorError(
    'usage',
    `--discover ${JSON.stringify(text)}: ${why}`,
    'write static:HOST:PORT,HOST:PORT or dns:NAME[:PORT] or dns-srv:NAME or multicast[:GROUP:PORT] or kubernetes[:NAMESPACE/SELECTOR]',
  );
}
