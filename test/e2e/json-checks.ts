import { expect } from '@jest/globals';
import { Ajv2020, type ValidateFunction } from 'ajv/dist/2020.js';
import { SCHEMAS } from '../../src/cli/shapes/all.js';
import { mneme } from './processes.js';

const ajv = new Ajv2020({ strict: true, allErrors: true });
const VALIDATORS = new Map<string, ValidateFunction>(
  Object.entries(SCHEMAS).map(([command, schema]) => [command, ajv.compile(schema)]),
);

/** Runs commands with --json, and holds what they print against their schemas and what holds for all of it. */
export class JsonChecks {
  /** The commands of which a result was seen. */
  readonly seen = new Set<string>();
  /** Ids of the members by their names, once they are known. */
  readonly replicas = new Map<string, string>();

  /** Gives the result; fails where there is none. */
  // biome-ignore lint/suspicious/noExplicitAny: shapes are what the schemas are about
  async run(...args: string[]): Promise<any> {
    const { code, stdout, stderr } = await mneme([...args, '--json']);
    const result: unknown = JSON.parse(stdout);
    if (isFailure(result)) throw new Error(`mneme ${args.join(' ')} ended with ${code}: ${stdout}${stderr}`);
    this.accept(commandOf(args), result);
    return result;
  }

  /** Gives the error; fails where there is a result. */
  async fail(...args: string[]): Promise<{ code: string; message: string; next: string | null; exitCode: number }> {
    const { code, stdout } = await mneme([...args, '--json']);
    const result = JSON.parse(stdout) as { error: { code: string; message: string; next: string; exitCode: number } };
    expect(faultsOf('error', result)).toEqual([]);
    expect(result.error.exitCode).toBe(code);
    return result.error;
  }

  accept(command: string, result: unknown): void {
    expect({ command, faults: faultsOf(command, result) }).toEqual({ command, faults: [] });
    this.seen.add(command);
    for (const object of objectsOf(result)) {
      expectTextBesideBase64(object);
      this.expectKnown(object);
    }
  }

  /** Who has a name has its own id. */
  private expectKnown({ name, replica }: Record<string, unknown>): void {
    if (typeof name !== 'string' || typeof replica !== 'string') return;
    expect({ name, replica }).toEqual({ name, replica: expect.stringMatching(/^[0-9a-f]{16}$/) });
    const known = this.replicas.get(name);
    if (known === undefined) this.replicas.set(name, replica);
    else expect({ name, replica }).toEqual({ name, replica: known });
  }
}

function faultsOf(command: string, result: unknown): string[] {
  const validate = VALIDATORS.get(command);
  if (validate === undefined) return [`there is no schema of ${command}`];
  if (validate(result)) return [];
  return (validate.errors ?? []).map(({ instancePath, message, params }) => {
    return `${instancePath} ${message} ${JSON.stringify(params)}`;
  });
}

function isFailure(result: unknown): boolean {
  return typeof result === 'object' && result !== null && 'error' in result;
}

function commandOf(args: readonly string[]): string {
  return [args.slice(0, 2).join(' '), args[0]!].find((command) => VALIDATORS.has(command)) ?? args.join(' ');
}

function* objectsOf(value: unknown): Generator<Record<string, unknown>> {
  if (typeof value !== 'object' || value === null) return;
  if (!Array.isArray(value)) yield value as Record<string, unknown>;
  for (const one of Object.values(value)) yield* objectsOf(one);
}

function expectTextBesideBase64(object: Record<string, unknown>): void {
  for (const [field, base64] of Object.entries(object)) {
    if (!field.endsWith('Base64')) continue;
    const text = object[field.slice(0, -'Base64'.length)];
    if (base64 === null) expect(text).toBeNull();
    else if (text === null) expect(isText(Buffer.from(String(base64), 'base64'))).toBe(false);
    else expect(Buffer.from(String(base64), 'base64').toString()).toContain(text);
  }
}

function isText(bytes: Buffer): boolean {
  return Buffer.from(bytes.toString('utf8')).equals(bytes);
}
