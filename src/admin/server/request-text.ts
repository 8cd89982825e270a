import { OperatorError } from '../../core/model/errors.js';

/** The deepest request there is has three levels. */
const DEPTH_MAX = 8;
/** So many lists and objects may be in a request of any length; a longer one may have one for each so many characters. */
const CONTAINERS_FREE = 1000;
const CHARACTERS_PER_CONTAINER = 32;

/**
 * The JSON object of a request. What it would take in memory is judged before it is parsed: a megabyte of brackets makes forty
 * of lists, and takes as long as a pause that peers notice.
 */
export function parseRequest(verb: string, json: string): object {
  const fault = faultOf(json);
  if (fault !== null) throw new OperatorError('usage', `MNEME ${verb} takes a JSON object, not one ${fault}.`);
  try {
    const request: unknown = JSON.parse(json);
    if (typeof request === 'object' && request !== null && !Array.isArray(request)) return request;
  } catch {
    // Told below: what was given is no JSON object.
  }
  throw new OperatorError('usage', `MNEME ${verb} takes a JSON object, not ${json.slice(0, 100)}.`);
}

// ---

const BACKSLASH = 0x5c;
const QUOTE = 0x22;

function faultOf(json: string): string | null {
  const containersMax = CONTAINERS_FREE + json.length / CHARACTERS_PER_CONTAINER;
  let depth = 0;
  let containers = 0;
  for (let at = 0; at < json.length; at++) {
    const code = json.charCodeAt(at);
    if (code === QUOTE) at = endOfString(json, at + 1);
    else if (isOpening(code)) {
      if (++depth > DEPTH_MAX) return `of more than ${DEPTH_MAX} levels`;
      if (++containers > containersMax) return `with more than ${Math.floor(containersMax)} lists and objects`;
    } else if (isClosing(code)) depth--;
  }
  return null;
}

/** Where the quote is that ends it; the end of the text if there is none. */
function endOfString(json: string, from: number): number {
  let at = from;
  while (at < json.length && json.charCodeAt(at) !== QUOTE) at += json.charCodeAt(at) === BACKSLASH ? 2 : 1;
  return at;
}

/** [ or { */
function isOpening(code: number): boolean {
  return code === 0x5b || code === 0x7b;
}

/** ] or } */
function isClosing(code: number): boolean {
  return code === 0x5d || code === 0x7d;
}
