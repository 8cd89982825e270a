import type { ServerResponse } from 'node:http';

/** Nothing but what this node serves is loaded, run, shown, asked or sent to. */
const POLICY = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self'",
  "img-src 'self'",
  "connect-src 'self'",
  "form-action 'none'",
  "base-uri 'none'",
  "frame-ancestors 'none'",
  "require-trusted-types-for 'script'",
  "trusted-types 'none'",
].join('; ');

const HEADERS: Readonly<Record<string, string>> = {
  'content-security-policy': POLICY,
  'x-content-type-options': 'nosniff',
  'x-frame-options': 'DENY',
  'referrer-policy': 'no-referrer',
  'cross-origin-opener-policy': 'same-origin',
  'cross-origin-resource-policy': 'same-origin',
  'cache-control': 'no-store',
};

/** What every answer of the dashboard says to the browser. */
export function setHeaders(response: ServerResponse): void {
  for (const [name, value] of Object.entries(HEADERS)) response.setHeader(name, value);
}

export function endJson(response: ServerResponse, code: number, data: object): void {
  response.writeHead(code, { 'content-type': 'application/json; charset=utf-8' }).end(JSON.stringify(data));
}

/** `hint`: what to do next; null: there is nothing to say. */
export function endRefused(response: ServerResponse, http: number, error: RefusedJson): void {
  endJson(response, http, { error });
}

export interface RefusedJson {
  readonly code: string;
  readonly message: string;
  readonly hint: string | null;
}
