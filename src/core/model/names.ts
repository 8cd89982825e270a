/** What may be in a node's name: it stands in commands, file names and tables. */
const NAME = /^\w[\w.-]{0,63}$/;
/** A host name or an IPv4 address, or an IPv6 address in brackets, and a port. */
const ADDRESS = /^(?:[a-z0-9_.-]{1,253}|\[[0-9a-f:.%a-z]{2,60}\])(?::([0-9]{1,5}))?$/i;
const SHOWN_MAX = 1000;

export const NAME_RULE = 'up to 64 letters, digits, dots, dashes and underscores, starting with a letter or digit';

export function isNodeName(name: string): boolean {
  return NAME.test(name);
}

/** Whether others can be told to dial it. */
export function isMemberAddress(address: string): boolean {
  const port = ADDRESS.exec(address)?.[1];
  return ADDRESS.test(address) && (port === undefined || (Number(port) > 0 && Number(port) <= 65_535));
}

/** A text from elsewhere, for terminals, logs and commands: what is not to be seen there is written out, and it ends somewhere. */
export function harmless(text: string): string {
  const shown = text.length > SHOWN_MAX ? `${text.slice(0, SHOWN_MAX)}…` : text;
  return shown.replace(UNSEEN, (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`);
}

/** Control characters, what changes the direction of writing or takes no room, and halves of surrogate pairs. */
const UNSEEN = /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Cs}]/gu;
