/**
 * Compiled Lua 5.1 in which no call is a tail call. `return redis.call(...)` is one, and `redis.call` is a function in Lua here, not
 * in C as in Redis: so the script's own place on the stack would be gone, and with it the line that an error names.
 * @param chunk as string.dump makes it: little-endian, with 4 bytes for a length and 8 for a number
 */
export function withoutTailCalls(chunk: Buffer): Buffer {
  const changed = Buffer.from(chunk);
  changeFunction(changed, HEADER_BYTES);
  return changed;
}

// ---

const HEADER_BYTES = 12;
const OPCODE_MASK = 0x3f;
const OP_CALL = 28;
const OP_TAILCALL = 29;
const BOOLEAN = 1;
const NUMBER = 3;
const STRING = 4;

/** Returns where what follows the function begins. */
function changeFunction(chunk: Buffer, start: number): number {
  let at = afterString(chunk, start) + 12;
  const codeEnd = at + 4 + 4 * chunk.readInt32LE(at);
  for (at += 4; at < codeEnd; at += 4) {
    const instruction = chunk.readUInt32LE(at);
    if ((instruction & OPCODE_MASK) === OP_TAILCALL) chunk.writeUInt32LE(instruction - OP_TAILCALL + OP_CALL, at);
  }
  at = after(chunk, at, afterConstant);
  at = after(chunk, at, changeFunction);
  at += 4 + 4 * chunk.readInt32LE(at);
  at = after(chunk, at, (_, variable) => afterString(chunk, variable) + 8);
  return after(chunk, at, afterString);
}

/** Behind a list whose length comes first. */
function after(chunk: Buffer, start: number, next: (chunk: Buffer, at: number) => number): number {
  let at = start + 4;
  for (let left = chunk.readInt32LE(start); left > 0; left--) at = next(chunk, at);
  return at;
}

function afterString(chunk: Buffer, at: number): number {
  return at + 4 + chunk.readUInt32LE(at);
}

function afterConstant(chunk: Buffer, at: number): number {
  const type = chunk[at];
  if (type === STRING) return afterString(chunk, at + 1);
  return at + 1 + (type === NUMBER ? 8 : type === BOOLEAN ? 1 : 0);
}
