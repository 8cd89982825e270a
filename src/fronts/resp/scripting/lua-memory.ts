/** The memory of the compiled Lua, which moves when it grows. */
export class LuaMemory {
  private view = Buffer.alloc(0);

  constructor(private readonly memory: { readonly buffer: ArrayBuffer }) {}

  /** As it is now: good until Lua runs again. */
  get bytes(): Buffer {
    const { buffer } = this.memory;
    if (this.view.buffer !== buffer) this.view = Buffer.from(buffer);
    return this.view;
  }

  /** A text that ends by a byte 0, as C has it. Nothing of `text` may be 0. */
  writeText(at: number, text: Uint8Array | string): void {
    const { bytes } = this;
    if (typeof text === 'string') for (let i = 0; i < text.length; i++) bytes[at + i] = text.charCodeAt(i);
    else bytes.set(text, at);
    bytes[at + text.length] = 0;
  }
}
