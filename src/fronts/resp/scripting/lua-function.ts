/**
 * A function of JavaScript as one that the compiled Lua calls as it calls those in C: with its state, for the number of results that were
 * pushed. Only functions of WebAssembly have a type, which a table asks for: so a module imports it, and exports it again.
 */
export function asLuaFunction(call: (state: number) => number): object {
  forwarding ??= new WebAssembly.Module(FORWARDING);
  return new WebAssembly.Instance(forwarding, { a: { a: call } }).exports.a!;
}

// ---

/** (module (import "a" "a" (func (param i32) (result i32))) (export "a" (func 0))) */
const FORWARDING = Uint8Array.from([
  ...[0x00, 0x61, 0x73, 0x6d, 0x01, 0x00, 0x00, 0x00],
  ...[0x01, 0x06, 0x01, 0x60, 0x01, 0x7f, 0x01, 0x7f],
  ...[0x02, 0x07, 0x01, 0x01, 0x61, 0x01, 0x61, 0x00, 0x00],
  ...[0x07, 0x05, 0x01, 0x01, 0x61, 0x00, 0x00],
]);

/** What TypeScript knows of browsers alone. */
declare const WebAssembly: {
  Module: new (bytes: Uint8Array) => object;
  Instance: new (module: object, imports: object) => { exports: Record<string, object> };
};

let forwarding: object | undefined;
