import type { Bytes } from '../../../core/model/bytes.js';
import type { Reply } from '../codec/reply.js';
import { RespError } from '../keyspace.js';
import type { Context } from '../session.js';
import type { LuaMachine, ScriptHost } from './lua-machine.js';
import { type Script, ScriptCache, shaOf } from './script-cache.js';
import { ScriptCalls } from './script-calls.js';
import { readShebang } from './shebang.js';
import { withoutTailCalls } from './without-tail-calls.js';

/** How a script is to be run. */
export interface Run {
  readonly script: Script;
  readonly keys: readonly Bytes[];
  readonly args: readonly Bytes[];
  /** EVAL_RO: it may write nothing. */
  readonly isReadOnly: boolean;
}

/** The scripts of all clients, and the Lua that runs them: nothing of it is loaded before there is one. */
export class Scripts {
  private readonly cache = new ScriptCache((sha) => this.dropped(sha));
  private Machine: (new (timeMaxMs: number) => LuaMachine) | null = null;
  private machine: LuaMachine | null = null;
  /** Those that the machine has compiled. */
  private compiled = new Set<string>();
  private isRunning = false;

  constructor(
    /** Milliseconds after which a script is ended. */
    private readonly timeMaxMs: number,
    private readonly met: (who: string) => void,
  ) {}

  get count(): number {
    return this.cache.size;
  }

  get byteCount(): number {
    return this.cache.byteCount;
  }

  get luaBytes(): number {
    return this.machine?.memoryBytes ?? 0;
  }

  /** undefined: Lua is there. Otherwise scripts can be loaded and run once this resolves. */
  ready(): Promise<void> | undefined {
    return this.Machine === null ? this.open() : undefined;
  }

  find(sha: string): Script | undefined {
    return this.cache.get(sha);
  }

  has(sha: string): boolean {
    return this.cache.has(sha);
  }

  /** Keeps a script. Throws a RespError if it is none. */
  load(source: Bytes): Script {
    const known = this.cache.like(source);
    if (known !== undefined) return known;
    const sha = shaOf(source);
    const { start } = readShebang(source);
    const script = { sha, source: new Uint8Array(source) };
    this.compile(script, start);
    this.cache.add(script);
    return script;
  }

  flush(): void {
    this.cache.clear();
    this.machine = null;
    this.compiled.clear();
  }

  /** Runs a script to its end, in this turn of the event loop: nothing else happens meanwhile. */
  run(context: Context, { script, keys, args, isReadOnly }: Run): Reply {
    if (this.isRunning) throw new RespError('ERR a script runs already');
    const { flags, start } = readShebang(script.source);
    this.compile(script, start);
    const { protocol } = context.session;
    const calls = new ScriptCalls(context, flags, isReadOnly);
    this.isRunning = true;
    try {
      const settings = [String(this.timeMaxMs / 1000), String(protocol), String(keys.length)];
      const texts = [...keys, ...args];
      const outcome =
        this.machine!.runShort(script.sha, settings, texts, calls) ?? this.runLong(script.sha, settings, texts, calls);
      return { kind: 'encoded', chunks: [outcome] };
    } finally {
      this.isRunning = false;
      calls.end();
      if (this.machine!.time.spentMs > this.timeMaxMs) this.met(context.session.address);
    }
  }

  // ---

  private async open(): Promise<void> {
    const { LuaMachine } = await import('./lua-machine.js');
    this.Machine = LuaMachine;
  }

  private compile({ sha, source }: Script, start: number): void {
    if (this.machine?.isBroken !== false) this.replace();
    if (this.compiled.has(sha)) return;
    const text = source.subarray(start);
    const error = this.ask(Buffer.concat([Buffer.from(`L ${sha} ${text.length}\n`), text]), COMPILING);
    if (error.length > 0) throw new RespError(`ERR Error compiling script (new function): ${error.toString('latin1')}`);
    this.compiled.add(sha);
  }

  private runLong(sha: string, settings: readonly string[], texts: readonly Bytes[], host: ScriptHost): Buffer {
    const lengths = texts.map((text) => text.length);
    return this.ask(
      Buffer.concat([Buffer.from(`E ${sha} ${settings.join(' ')} ${lengths.join(' ')}\n`), ...texts]),
      host,
    );
  }

  private replace(): void {
    if (this.Machine === null) throw new Error('Lua is not loaded');
    this.machine = new this.Machine(this.timeMaxMs);
    this.compiled.clear();
  }

  /** The outcome, without the letter that says that it is one. */
  private ask(request: Buffer, host: ScriptHost): Buffer {
    return this.machine!.run(request, host).subarray(1);
  }

  private dropped(sha: string): void {
    if (!this.compiled.delete(sha) || this.machine?.isBroken !== false) return;
    this.machine.run(Buffer.from(`D ${sha}\n`), DROPPING);
  }
}

// ---

const DROPPING: ScriptHost = { call: () => null, answer: () => Buffer.alloc(0) };
const COMPILING: ScriptHost = { call: () => null, answer: (_letter, [chunk]) => bulk(withoutTailCalls(chunk!)) };

function bulk(bytes: Buffer): Buffer {
  return Buffer.concat([Buffer.from(`$${bytes.length}\r\n`), bytes, Buffer.from('\r\n')]);
}
