/** A file that the build makes. From src/engines and from dist/chunks, where this file is in the bundle, it is as far. */
export function distFile(name: string): URL {
  return new URL(`../../dist/${name}`, import.meta.url);
}
