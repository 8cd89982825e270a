import { readFileSync } from 'node:fs';

export interface PageFile {
  readonly type: string;
  readonly bytes: Buffer;
}

const TYPES: Readonly<Record<string, string>> = {
  'index.html': 'text/html; charset=utf-8',
  'page.js': 'text/javascript; charset=utf-8',
  'page.css': 'text/css; charset=utf-8',
  'icon.svg': 'image/svg+xml',
};

/** The files that make the page, read once each. */
export class PageFiles {
  private readonly read = new Map<string, PageFile>();

  constructor(private readonly directory: URL) {}

  /** null: there is none of that name. */
  get(name: string): PageFile | null {
    const type = Object.hasOwn(TYPES, name) ? TYPES[name] : undefined;
    if (type === undefined) return null;
    const known = this.read.get(name);
    if (known !== undefined) return known;
    const file = { type, bytes: readFileSync(new URL(name, this.directory)) };
    this.read.set(name, file);
    return file;
  }
}
