import type { Effect } from '../core/context.js';
import { OperatorError } from '../core/model/errors.js';
import { advice } from '../hints/advice.js';

/**
 * Why a node has to end, for its operator.
 * @param address the node's own
 * @param seeds where members of the cluster are
 */
export function stopError(
  effect: Extract<Effect, { kind: 'stop' }>,
  address: string,
  seeds: readonly string[],
): OperatorError {
  const again =
    seeds[0] === undefined
      ? 'Join anew: mneme cluster join ADDRESS --set-aside-data'
      : `mneme cluster join ${seeds[0]} --set-aside-data`;
  switch (effect.code) {
    case 'forgotten':
      return new OperatorError(
        'forgotten',
        `${capital(effect.message)}. To come back it joins anew; its data is set aside.`,
        again,
      );
    case 'name-taken':
      return nameTaken(effect.message, address, seeds[0]);
    case 'wrong-cluster':
      return new OperatorError('wrong-cluster', `${capital(effect.message)}.`, again);
    case 'second-instance':
      return new OperatorError(
        'second-instance',
        `${capital(effect.message)}.`,
        `Stop the other one first. To have both: mneme cluster join ${seeds[0] ?? 'ADDRESS'} --name ANOTHER --set-aside-data`,
      );
    case 'passed':
      return new OperatorError(
        'refused',
        `${capital(effect.message)}. The next start comes after it.`,
        'check the clock of this machine, and start the node again',
      );
    case 'refused':
      return new OperatorError('refused', `${capital(effect.message)}.`);
  }
}

/** Where the member is at this very address, it is what ran here before: no other name helps, but to be done with that one. */
function nameTaken(message: string, address: string, seed = 'ADDRESS'): OperatorError {
  const [, name = '', holder] = /^the name (\S+) is taken by the member at (\S+)$/.exec(message) ?? [];
  if (holder !== address || seed === 'ADDRESS')
    return new OperatorError(
      'name-taken',
      `${capital(message)}.`,
      `Join with another name: mneme cluster join ${seed} --name ANOTHER-NAME`,
    );
  return new OperatorError(
    'name-taken',
    `${capital(message)}: that is this node's own address, so it is what ran here before, with other data.`,
    advice(
      `mneme cluster forget ${name} --node ${seed}`,
      'Only if that data is gone: then join again. Where it is still there, the node comes back with it: mneme cluster start --dir PATH',
    ),
  );
}

function capital(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1);
}
