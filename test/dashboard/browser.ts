import { type IncomingMessage, request } from 'node:http';
import { request as secureRequest } from 'node:https';

export interface Answer {
  readonly code: number;
  readonly headers: IncomingMessage['headers'];
  readonly text: string;
  readonly json: Record<string, unknown>;
}

type Headers = Readonly<Record<string, string | undefined>>;

/** As much of a browser as the dashboard can tell from a request: its headers, and one cookie. */
export class Browser {
  cookie = '';

  /** @param at host:port */
  constructor(
    readonly at: string,
    private readonly tls: { readonly ca: string } | null = null,
  ) {}

  get origin(): string {
    return `${this.tls === null ? 'http' : 'https'}://${this.at}`;
  }

  get(path: string, headers: Headers = {}): Promise<Answer> {
    return this.send('GET', path, headers);
  }

  /** As the page does it. */
  post(name: string, body: unknown, headers: Headers = {}): Promise<Answer> {
    const own = { origin: this.origin, 'sec-fetch-site': 'same-origin', 'content-type': 'application/json' };
    return this.send('POST', `/dashboard/api/${name}`, { ...own, ...headers }, JSON.stringify(body));
  }

  async signIn(user: string, password: string): Promise<Answer> {
    const answer = await this.post('sign-in', { user, password });
    this.cookie = answer.headers['set-cookie']?.[0]?.split(';')[0] ?? this.cookie;
    return answer;
  }

  /** Server-sent events as they come, until `isEnough`; the connection is closed then. */
  watch(isEnough: (events: readonly SentEvent[]) => boolean): Promise<readonly SentEvent[]> {
    return new Promise((resolve, reject) => {
      const asked = this.open('GET', '/dashboard/api/live', {}, (response) => {
        let text = '';
        response.setEncoding('utf8');
        response.on('data', (piece: string) => {
          text += piece;
          const events = text.split('\n\n').slice(0, -1).map(eventOf);
          if (!isEnough(events)) return;
          asked.destroy();
          resolve(events);
        });
        response.on('end', () => resolve(text.split('\n\n').slice(0, -1).map(eventOf)));
        response.on('error', () => {});
      });
      asked.on('error', reject);
      asked.end();
    });
  }

  send(method: string, path: string, headers: Headers, body?: string): Promise<Answer> {
    return new Promise((resolve, reject) => {
      const asked = this.open(method, path, headers, (response) => {
        let text = '';
        response.setEncoding('utf8');
        response.on('data', (piece: string) => {
          text += piece;
        });
        response.on('end', () => {
          const isJson = response.headers['content-type']?.startsWith('application/json') === true;
          const json = isJson ? (JSON.parse(text) as Record<string, unknown>) : {};
          resolve({ code: response.statusCode ?? 0, headers: response.headers, text, json });
        });
      });
      asked.on('error', reject);
      asked.end(body);
    });
  }

  private open(method: string, path: string, headers: Headers, take: (response: IncomingMessage) => void) {
    const given = Object.entries({ cookie: this.cookie || undefined, ...headers }).filter(
      ([, value]) => value !== undefined,
    );
    const options = { method, agent: false as const, headers: Object.fromEntries(given) as Record<string, string> };
    if (this.tls === null) return request(`${this.origin}${path}`, options, take);
    return secureRequest(`${this.origin}${path}`, { ...options, ca: this.tls.ca }, take);
  }
}

export interface SentEvent {
  readonly name: string;
  readonly data: Record<string, unknown>;
}

function eventOf(text: string): SentEvent {
  const [, name = '', data = '{}'] = /^event: (.*)\ndata: (.*)$/.exec(text.trim()) ?? [];
  return { name, data: JSON.parse(data) as Record<string, unknown> };
}
