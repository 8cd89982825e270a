import type { Bytes } from '../../../core/model/bytes.js';
import { ArgumentList } from '../codec/argument-list.js';
import { Bounds } from '../codec/bounds.js';
import type { Protocol, Reply } from '../codec/reply.js';
import { RespError } from '../keyspace.js';
import { encoded } from './encoded.js';
import { BIT } from './lua/bit.js';
import { CJSON } from './lua/cjson.js';
import { CMSGPACK } from './lua/cmsgpack.js';
import { CONVERSION, tooLong } from './lua/conversion.js';
import { NUMBERS } from './lua/numbers.js';
import { SANDBOX } from './lua/sandbox.js';
import { STRUCT } from './lua/struct.js';
import { HOST_FUNCTION, type LuaExports, openLua } from './lua-build.js';
import { asLuaFunction } from './lua-function.js';
import { LuaMemory } from './lua-memory.js';
import { RunningTime } from './running-time.js';

/** After so many copied bytes it is asked how long the script has run. */
const COPIED_BYTES = 1024 * 1024;
/** The memory is given back after a script that made it grow to more than this. */
const KEPT_BYTES = 32 * 1024 * 1024;

/** What scripts ask of their host. */
export interface ScriptHost {
  /** Performs a command. Its arguments lie in the memory of Lua, and are good for this call alone. */
  call(args: ArgumentList, protocol: Protocol): Reply;
  /** All else: by a letter, and with texts. Returns what the script reads as the answer. */
  answer(letter: string, texts: Buffer[]): Buffer;
}

/**
 * Lua 5.1.5, the one that Redis has, as WebAssembly. It has no way to the outside but one function and its standard streams. The function
 * gives a command: its arguments are taken from where they lie, and what is one short text or number comes back at once. The rest goes
 * by the streams: what is written is a request of the running script, which is answered before the write returns, or the outcome of the
 * run. A request is a line with a letter and the lengths of texts, and then those texts.
 */
export class LuaMachine {
  /** It cannot be used any more. */
  isBroken = false;
  private readonly lua: LuaExports;
  private readonly memory: LuaMemory;
  private readonly state: number;
  /** A place in its memory for a length, and one for a text on its way there. */
  private readonly lengthAt: number;
  private readonly textAt: number;
  private readonly marks: Readonly<Record<Mark, number>>;
  private readonly settings = new Map<string, number>();
  private input: Buffer = NOTHING;
  private inputAt = 0;
  private output: Buffer[] = [];
  private outputBytes = 0;
  private host: ScriptHost = NO_HOST;
  /** Of the latest run. */
  readonly time: RunningTime;
  private isRunning = false;
  private copiedBytes = 0;

  constructor(
    /** Milliseconds after which a script is ended also inside of a function of C, where it cannot end by itself. */
    private readonly timeMaxMs: number,
  ) {
    this.time = new RunningTime(timeMaxMs);
    this.lua = openLua({
      read: (into) => this.give(into),
      write: (bytes) => this.take(bytes),
      seconds: () => this.time.spentMs / 1000,
      copied: (bytes) => this.copied(bytes),
    });
    this.memory = new LuaMemory(this.lua.memory);
    this.lua.construct();
    this.lua.table.set(
      HOST_FUNCTION,
      asLuaFunction((state) => this.called(state)),
    );
    this.state = this.lua.newState();
    this.lua.openLibraries(this.state);
    this.lengthAt = this.lua.allocate(4);
    this.textAt = this.lua.allocate(TEXT_BYTES_MAX + 1);
    this.marks = Object.fromEntries(MARKS.map((mark) => [mark, this.constant(mark)])) as Record<Mark, number>;
    for (const source of [CJSON, NUMBERS, BIT, STRUCT, CMSGPACK, CONVERSION + SANDBOX]) this.load(source);
  }

  get memoryBytes(): number {
    return this.lua.memory.buffer.byteLength;
  }

  /**
   * Deals with a request, as `sandbox.ts` describes it. Returns what it wrote as the outcome. Throws if Lua itself failed, or
   * ran out of what it may have: the machine is broken then.
   */
  run(request: Buffer, host: ScriptHost): Buffer {
    this.input = request;
    this.inputAt = 0;
    return this.running(host, () => {
      const { lua, state } = this;
      lua.pushValue(state, REQUEST_FUNCTION);
      if (lua.call(state, 0, 0, 0) !== 0) throw new Error(FAILED);
      return this.taken();
    });
  }

  /**
   * Runs a script that is loaded, by its SHA, with a few texts: `sandbox.ts` says which. Of `settings` there are few ever. Returns its reply; undefined: they are too many or too long, or
   * have a byte 0, so that this is not the way to hand them over. Throws as `run` does.
   */
  runShort(script: string, settings: readonly string[], texts: readonly Bytes[], host: ScriptHost): Buffer | undefined {
    if (texts.length > TEXTS_MAX || !texts.every(isShort)) return undefined;
    return this.running(host, () => {
      const { lua, state } = this;
      lua.pushValue(state, SHORT_FUNCTION);
      this.push(state, script);
      for (const text of settings) lua.pushText(state, this.settingAt(text));
      for (const text of texts) this.push(state, text);
      if (lua.call(state, 1 + settings.length + texts.length, 1, 0) !== 0) throw new Error(FAILED);
      const at = lua.textOf(state, -1, this.lengthAt);
      const { bytes } = this.memory;
      const reply = Buffer.from(bytes.subarray(at, at + bytes.readUInt32LE(this.lengthAt)));
      lua.setTop(state, SHORT_FUNCTION);
      return reply;
    });
  }

  // ---

  private running(host: ScriptHost, work: () => Buffer): Buffer {
    this.host = host;
    this.time.start();
    this.isRunning = true;
    try {
      return work();
    } catch (error) {
      this.isBroken = true;
      throw error;
    } finally {
      this.isRunning = false;
      this.host = NO_HOST;
      this.output = [];
      this.outputBytes = 0;
      this.input = NOTHING;
      if (this.memoryBytes > KEPT_BYTES) this.isBroken = true;
    }
  }

  /** Each source is one function; what it returns stays on the stack, or goes into a global name. */
  private load(source: string): void {
    const { lua, state } = this;
    const bytes = Buffer.from(source, 'latin1');
    const stack = lua.stackSave();
    const at = lua.stackAllocate(bytes.length + NAME.length);
    const memory = new Uint8Array(lua.memory.buffer);
    memory.set(bytes, at);
    memory.set(NAME, at + bytes.length);
    const isLoaded = lua.loadBuffer(state, at, bytes.length, at + bytes.length) === 0;
    if (!isLoaded || lua.call(state, 0, MULTIPLE, 0) !== 0) throw new Error('the Lua around scripts does not load');
    lua.stackRestore(stack);
  }

  // ---- the function

  /** A script gives a command; the first argument is a boolean where the reply is to be in RESP3. Returns how many results were pushed. */
  private called(state: number): number {
    const { lua, memory, lengthAt } = this;
    const protocol = lua.typeOf(state, 1) === LUA_BOOLEAN ? 3 : 2;
    const bounds = new Bounds();
    const count = lua.top(state);
    // To look at texts takes no memory, so it does not move.
    const { bytes } = memory;
    for (let i = 2; i <= count; i++) {
      if (lua.typeOf(state, i) !== LUA_STRING) return this.pushMarked(state, '', 'T');
      const at = lua.textOf(state, i, lengthAt);
      bounds.add(at, at + bytes.readUInt32LE(lengthAt));
    }
    return this.pushReply(state, this.host.call(new ArgumentList(bytes, 0, bounds), protocol), protocol);
  }

  /** Nothing for none, a text for a text; of anything else also how it is meant, or that it is to be read. */
  private pushReply(state: number, reply: Reply, protocol: Protocol): number {
    if (reply === null) return 0;
    if (typeof reply === 'number') return this.pushMarked(state, String(reply), ':');
    if (reply instanceof Uint8Array) {
      if (!isShort(reply)) return this.pushRest(state, reply, protocol);
      this.push(state, reply);
      return 1;
    }
    if (typeof reply === 'object' && 'kind' in reply && reply.kind === 'simple' && isPlain(reply.text))
      return this.pushMarked(state, reply.text, '+');
    return this.pushRest(state, reply, protocol);
  }

  private pushRest(state: number, reply: Reply, protocol: Protocol): number {
    this.input = encoded(reply, protocol);
    this.inputAt = 0;
    return this.pushMarked(state, '', 'S');
  }

  private pushMarked(state: number, text: string, mark: Mark): number {
    this.push(state, text);
    this.lua.pushText(state, this.marks[mark]);
    return 2;
  }

  private push(state: number, text: Bytes | string): void {
    this.memory.writeText(this.textAt, text);
    this.lua.pushText(state, this.textAt);
  }

  private settingAt(text: string): number {
    const at = this.settings.get(text) ?? this.constant(text);
    this.settings.set(text, at);
    return at;
  }

  private constant(text: string): number {
    const at = this.lua.allocate(text.length + 1);
    this.memory.writeText(at, text);
    return at;
  }

  /** Throws a RespError once the script has had its time: the machine is broken then. */
  private copied(bytes: number): void {
    this.copiedBytes += bytes;
    if (this.copiedBytes < COPIED_BYTES) return;
    this.copiedBytes = 0;
    if (this.isRunning && this.time.spentMs > this.timeMaxMs)
      throw new RespError(`ERR ${tooLong(String(this.timeMaxMs))}`);
  }

  // ---- the streams

  private give(into: Uint8Array): number {
    const length = Math.min(into.length, this.input.length - this.inputAt);
    into.set(this.input.subarray(this.inputAt, this.inputAt + length));
    this.inputAt += length;
    return length;
  }

  private take(bytes: Uint8Array): void {
    this.output.push(Buffer.from(bytes));
    this.outputBytes += bytes.length;
    if (this.output[0]![0] === OUTCOME) return;
    const all = this.taken();
    const end = all.indexOf(NEWLINE);
    const [letter = '', ...lengths] = all.toString('latin1', 0, Math.max(0, end)).split(' ');
    const wanted = lengths.reduce((sum, length) => sum + Number(length), end + 1);
    if (end < 0 || all.length < wanted) return;
    this.output = [];
    this.outputBytes = 0;
    let at = end + 1;
    const texts = lengths.map((length) => {
      const start = at;
      at += Number(length);
      return all.subarray(start, at);
    });
    this.input = this.host.answer(letter, texts);
    this.inputAt = 0;
  }

  /** In one piece. */
  private taken(): Buffer {
    if (this.output.length !== 1) this.output = [Buffer.concat(this.output, this.outputBytes)];
    return this.output[0]!;
  }
}

// ---

const NOTHING = Buffer.alloc(0);
const NO_HOST: ScriptHost = { call: () => null, answer: () => NOTHING };
const NEWLINE = 0x0a;
const OUTCOME = 'R'.charCodeAt(0);
const MULTIPLE = -1;
const NAME = Buffer.from('=redis\0');
const FAILED = 'the Lua around a script has failed';

/** How a reply is meant: a number, a status, what is to be read, and none yet, since an argument was no text. */
const MARKS = [':', '+', 'S', 'T'] as const;
type Mark = (typeof MARKS)[number];

/** On the stack of the state, what the last source returned. */
const REQUEST_FUNCTION = 1;
const SHORT_FUNCTION = 2;
/** C leaves room for twenty values on a stack. */
const TEXTS_MAX = 12;
const TEXT_BYTES_MAX = 16 * 1024;
const LUA_BOOLEAN = 1;
const LUA_STRING = 4;

/** Whether a text can be handed over as C has them. */
function isShort(text: Bytes): boolean {
  return text.length <= TEXT_BYTES_MAX && text.indexOf(0) < 0;
}

function isPlain(text: string): boolean {
  return text.length <= TEXT_BYTES_MAX && /^[ -~]*$/.test(text);
}
