import { OperatorError } from '../core/model/errors.js';
import { builtInPolicy, policyText } from '../operations/split-brain/strategy.js';

const ON_HEAL = ['merge', 'promote-oldest', 'promote-largest', 'manual'] as const;

/**
 * What happens on a heal: one of the words, a policy, or the name of a file of rules.
 * @throws OperatorError `bad-setting`, `usage`
 */
export async function onHealOf(text: string, code: 'usage' | 'bad-setting' = 'usage'): Promise<string> {
  if (ON_HEAL.some((word) => word === text)) return text;
  const known = builtInPolicy(text);
  if (known !== null) return policyText(known);
  if (/[./]/.test(text)) return policyText(await (await import('./policy-module.js')).rulesInFile(text));
  const range = `${ON_HEAL.join(', ')}, or a policy such as cart:=prefer:a,pay:=manual,=lww`;
  throw new OperatorError(
    code,
    `"${text}" is no value for on-heal: it takes ${range}`,
    'mneme cluster settings --help',
  );
}
