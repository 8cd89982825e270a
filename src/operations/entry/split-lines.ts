/** A line longer than this cannot be an entry: values end at 512 MiB, and base64 adds a third. */
const LINE_BYTES_MAX = 700 * 1024 * 1024;

export interface NumberedLine {
  /** From 1. */
  number: number;
  /** Without its end; null: longer than any entry can be, and skipped. */
  bytes: Buffer | null;
}

/**
 * Cut a stream into lines at LF, CR LF included. The last line needs no end. Bytes, since the text may not be UTF-8; the byte order
 * mark that some editors put before a file is no part of a line, also where several such files were joined.
 */
export async function* splitLines(
  input: AsyncIterable<Uint8Array>,
  lineBytesMax = LINE_BYTES_MAX,
): AsyncGenerator<NumberedLine> {
  let parts: Uint8Array[] = [];
  let length = 0;
  let number = 1;
  const add = (part: Uint8Array) => {
    length += part.length;
    if (length > lineBytesMax) parts = [];
    else if (part.length > 0) parts.push(part);
  };
  const take = (): NumberedLine => {
    const line = { number: number++, bytes: length > lineBytesMax ? null : bare(Buffer.concat(parts)) };
    parts = [];
    length = 0;
    return line;
  };
  for await (const chunk of input) {
    let from = 0;
    for (let end = chunk.indexOf(10); end !== -1; end = chunk.indexOf(10, from)) {
      add(chunk.subarray(from, end));
      yield take();
      from = end + 1;
    }
    add(chunk.subarray(from));
  }
  if (length > 0) yield take();
}

/** Without a byte order mark and a carriage return. */
function bare(line: Buffer): Buffer {
  const start = line[0] === 0xef && line[1] === 0xbb && line[2] === 0xbf ? 3 : 0;
  return line.subarray(start, line.at(-1) === 13 ? -1 : undefined);
}
