import { copyFileSync, cpSync, readdirSync, readFileSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { beforeAll, describe, expect, test } from '@jest/globals';
import type { OperatorError } from '../../src/core/model/errors.js';
import { dataPath } from '../../src/engines/embedded/data-directory.js';
import { type EmbeddedEngine, openEmbeddedEngine } from '../../src/engines/embedded/embedded-engine.js';
import { encodeHeader } from '../../src/engines/embedded/frames.js';
import { RecordWriter } from '../../src/engines/embedded/record-writer.js';
import { contentOf, newDirectory } from './support/directories.js';
import { bytes, entry } from './support/entries.js';
import { stateOf } from './support/state.js';
import { WatchedDisk } from './support/watched-disk.js';

/** A directory with one journal of three frames, where each starts, and the state after each. */
const journal = { dir: '', starts: [] as number[], states: [] as string[] };
/** A directory as a crash in a compaction leaves it: two segments with frames, no snapshot. */
let twoSegments = '';
/** A directory with a snapshot and a frame in the journal behind it. */
let compacted = '';

beforeAll(async () => {
  journal.dir = newDirectory();
  const engine = await openEmbeddedEngine({ dir: journal.dir });
  for (let seq = 1; seq <= 3; seq++) {
    journal.starts.push(engine.diskBytes);
    writeFrame(engine, seq);
    await engine.sync();
    journal.states.push(stateOf(engine));
  }
  journal.starts.push(engine.diskBytes);
  await engine.close();
  twoSegments = await makeTwoSegments();
  compacted = await makeCompacted();
});

describe('a torn tail', () => {
  test('the last frame cut at any byte is taken off and noted, and all before it stays', async () => {
    for (let size = journal.starts[2]!; size < journal.starts[3]!; size++) {
      const dir = copyOf(journal.dir);
      truncateSync(dataPath(dir, 'journal', 1), size);
      const engine = await openEmbeddedEngine({ dir });
      expect(stateOf(engine)).toBe(journal.states[1]);
      const cut = size - journal.starts[2]!;
      const note = `cut ${cut} bytes of an unfinished write off the end of journal-0000000001`;
      expect(engine.openingNotes).toEqual(cut === 0 ? [] : [note]);
      await engine.close();
    }
  });

  test('a flipped byte anywhere in the last frame takes the frame off', async () => {
    for (let at = journal.starts[2]!; at < journal.starts[3]!; at++) {
      const dir = copyOf(journal.dir);
      flip(dataPath(dir, 'journal', 1), at);
      const engine = await openEmbeddedEngine({ dir });
      expect(stateOf(engine)).toBe(journal.states[1]);
      expect(engine.openingNotes).toHaveLength(1);
      await engine.close();
    }
  });

  test('the directory takes writes again, and opens without a note the next time', async () => {
    const dir = copyOf(journal.dir);
    truncateSync(dataPath(dir, 'journal', 1), journal.starts[3]! - 1);
    const first = await openEmbeddedEngine({ dir });
    writeFrame(first, 3);
    await first.close();
    const second = await openEmbeddedEngine({ dir });
    expect(stateOf(second)).toBe(journal.states[2]);
    expect(second.openingNotes).toEqual([]);
    await second.close();
  });

  test('a cached value that is a copy of the journal, in a torn frame, does not pass for good data', async () => {
    const dir = copyOf(journal.dir);
    const path = dataPath(dir, 'journal', 1);
    const engine = await openEmbeddedEngine({ dir });
    engine.store('data').put(entry('copy', readFileSync(path), 4));
    await engine.close();
    truncateSync(path, readFileSync(path).length - 1);
    const reopened = await openEmbeddedEngine({ dir });
    expect(stateOf(reopened)).toBe(journal.states[2]);
    await reopened.close();
  });

  test('a zeroed end, as a file system may leave it, is taken off', async () => {
    const dir = copyOf(journal.dir);
    const path = dataPath(dir, 'journal', 1);
    writeFileSync(path, Buffer.concat([readFileSync(path), Buffer.alloc(3_000_000)]));
    const engine = await openEmbeddedEngine({ dir });
    expect(stateOf(engine)).toBe(journal.states[2]);
    expect(engine.openingNotes[0]).toContain('cut 3000000 bytes');
    await engine.close();
  });

  test('an empty segment behind a torn one is no sign of damage', async () => {
    const dir = copyOf(twoSegments);
    truncateSync(dataPath(dir, 'journal', 2), HEADER_BYTES);
    const path = dataPath(dir, 'journal', 1);
    truncateSync(path, readFileSync(path).length - 1);
    const engine = await openEmbeddedEngine({ dir });
    expect(engine.openingNotes).toHaveLength(1);
    writeFrame(engine, 9);
    const state = stateOf(engine);
    await engine.close();
    const reopened = await openEmbeddedEngine({ dir });
    expect(stateOf(reopened)).toBe(state);
    await reopened.close();
  });
});

describe('frames of which a disk took later ones and not the first, as the power went', () => {
  /** Where each frame starts, and the state after each. The first is durable, the next two are not when they are written. */
  async function write(framesAfter: number): Promise<{ dir: string; starts: number[]; states: string[] }> {
    const dir = newDirectory();
    const engine = await openEmbeddedEngine({ dir });
    const [starts, states]: [number[], string[]] = [[], []];
    for (let seq = 1; seq <= 3 + framesAfter; seq++) {
      starts.push(engine.diskBytes);
      writeFrame(engine, seq);
      states.push(stateOf(engine));
      if (seq === 1 || seq === 3) await engine.sync();
    }
    await engine.close();
    return { dir, starts, states };
  }

  test('are a torn tail: the directory opens with all that was durable, says so, and takes writes', async () => {
    const { dir, starts, states } = await write(0);
    for (let at = starts[1]!; at < starts[2]!; at += 9) {
      const torn = copyOf(dir);
      flip(dataPath(torn, 'journal', 1), at);
      const engine = await openEmbeddedEngine({ dir: torn });
      expect(stateOf(engine)).toBe(states[0]);
      expect(engine.openingNotes).toEqual([expect.stringContaining('of an unfinished write off the end')]);
      writeFrame(engine, 9);
      const state = stateOf(engine);
      await engine.close();
      const again = await openEmbeddedEngine({ dir: torn });
      expect([stateOf(again), again.openingNotes]).toEqual([state, []]);
      await again.close();
    }
  });

  test.each([1, 2])('are damage if frame %i was durable when a later one was written', async (frame) => {
    const { dir, starts } = await write(1);
    const error = await refusalAfter(dir, (copy) => flip(dataPath(copy, 'journal', 1), starts[frame]!));
    expect(error.message).toContain(`damaged at byte ${starts[frame]}:`);
    expect(error.message).toContain(`from byte ${starts[3]}, and was written when it was durable`);
  });
});

describe('a journal of format version 1', () => {
  /** Of three frames. */
  function write(): { dir: string; starts: number[] } {
    const dir = newDirectory();
    const file = { version: 1, salt: 7, size: HEADER_BYTES, synced: 0 };
    const parts: Buffer[] = [encodeHeader({ kind: 'journal', number: 1, ...file })];
    const starts: number[] = [];
    const records = new RecordWriter();
    for (let seq = 1; seq <= 3; seq++) {
      records.write('data', entry(`key ${seq}`, `value ${seq}`, seq));
      starts.push(file.size);
      parts.push(Buffer.from(records.seal(file)));
      file.size += parts.at(-1)!.length;
      records.clear();
    }
    writeFileSync(dataPath(dir, 'journal', 1), Buffer.concat(parts));
    return { dir, starts };
  }

  test('is read, gone on with as it is, and followed by one of the next version', async () => {
    const { dir } = write();
    const engine = await openEmbeddedEngine({ dir });
    expect(engine.store('data').get(bytes('key 3'))?.value?.toString()).toBe('value 3');
    writeFrame(engine, 4);
    const state = stateOf(engine);
    await engine.close();
    const again = await openEmbeddedEngine({ dir });
    expect([stateOf(again), again.openingNotes]).toEqual([state, []]);
    await again.compact();
    await again.close();
    expect(readFileSync(dataPath(dir, 'journal', 2)).readUInt32LE(8)).toBe(2);
    const last = await openEmbeddedEngine({ dir });
    expect(stateOf(last)).toBe(state);
    await last.close();
  });

  test('is refused where a frame behind another one is damaged, since it does not say what was durable', async () => {
    const { dir, starts } = write();
    await refusalAfter(dir, (copy) => flip(dataPath(copy, 'journal', 1), starts[1]!));
  });
});

describe('damage that no crash leaves', () => {
  test('a flipped byte anywhere before the last frame is refused, with file, place and a way out', async () => {
    for (let at = 0; at < journal.starts[2]!; at += 1) {
      const dir = copyOf(journal.dir);
      flip(dataPath(dir, 'journal', 1), at);
      const start = journal.starts.findLast((place) => place <= at) ?? 0;
      const error = await refusal(dir);
      expect(error.message).toContain(dataPath(dir, 'journal', 1));
      if (at < 8 || at >= 12) expect(error.message).toContain(`damaged at byte ${start}:`);
      if (at < 8 || at >= 12) expect(error.hint).toContain('mneme cluster join ADDRESS --set-aside-data');
    }
  });

  test('a segment that is not the last and ends torn is refused', async () => {
    const path = (dir: string) => dataPath(dir, 'journal', 1);
    const error = await refusalAfter(twoSegments, (dir) => truncateSync(path(dir), readFileSync(path(dir)).length - 1));
    expect(error.message).toContain('journal-0000000002 goes on behind it');
  });

  test.each([1, 2])('two segments, of which number %i is missing: refused or, at the end, a prefix', async (number) => {
    const dir = copyOf(twoSegments);
    rmSync(dataPath(dir, 'journal', number));
    if (number === 1) expect((await refusal(dir)).message).toContain('journal-0000000001');
    else await (await openEmbeddedEngine({ dir })).close();
  });

  test('a snapshot with a flipped byte anywhere is refused', async () => {
    const { length } = readFileSync(dataPath(compacted, 'snapshot', 2));
    for (let at = 0; at < length; at++) {
      await refusalAfter(compacted, (dir) => flip(dataPath(dir, 'snapshot', 2), at));
    }
  });

  test('a snapshot without its end is refused', async () => {
    const { length } = readFileSync(dataPath(compacted, 'snapshot', 2));
    for (let size = 0; size < length; size++) {
      await refusalAfter(compacted, (dir) => truncateSync(dataPath(dir, 'snapshot', 2), size));
    }
  });

  test('a snapshot without its journal is refused', async () => {
    const error = await refusalAfter(compacted, (dir) => rmSync(dataPath(dir, 'journal', 2)));
    expect(error.message).toContain('journal-0000000002');
  });

  test('a journal that lost what its snapshot was finished with is refused, not cut', async () => {
    const error = await refusalAfter(compacted, (dir) => truncateSync(dataPath(dir, 'journal', 2), HEADER_BYTES));
    expect(error.message).toContain('bytes are missing that were durable');
  });

  test('a file under another file’s name is refused', async () => {
    const error = await refusalAfter(twoSegments, (dir) => {
      copyFileSync(dataPath(dir, 'journal', 1), dataPath(dir, 'journal', 2));
    });
    expect(error.message).toContain('number 1');
  });

  test('a format version from the future is refused by its number', async () => {
    const error = await refusalAfter(journal.dir, (dir) => {
      const path = dataPath(dir, 'journal', 1);
      const content = readFileSync(path);
      content.writeUInt32LE(7, 8);
      writeFileSync(path, content);
    });
    expect(error.message).toContain('format version 7');
  });
});

// ---------------------------------------------------------------------------------------------------------------------

const HEADER_BYTES = 24;

function writeFrame(engine: EmbeddedEngine, seq: number): void {
  engine.store('data').write(entry(`key ${seq}`, `value ${seq}`, seq));
  engine.store('system').put(entry('key', null, seq));
  engine.flush();
}

async function makeTwoSegments(): Promise<string> {
  const disk = new WatchedDisk();
  const dir = newDirectory();
  const engine = await openEmbeddedEngine({ dir, disk, reserveBytes: 0 });
  writeFrame(engine, 1);
  let closed: Promise<void> | null = null;
  disk.onStep = (step, name) => {
    if (closed !== null || step !== 'create' || !name.startsWith('snapshot')) return;
    writeFrame(engine, 2);
    closed = engine.close();
  };
  await engine.compact();
  await closed;
  expect(readdirSync(dir).sort()).toEqual(['journal-0000000001', 'journal-0000000002']);
  return dir;
}

async function makeCompacted(): Promise<string> {
  const disk = new WatchedDisk();
  const dir = newDirectory();
  const engine = await openEmbeddedEngine({ dir, disk, reserveBytes: 0 });
  writeFrame(engine, 1);
  disk.onStep = (step, name) => {
    if (step === 'create' && name.startsWith('snapshot')) engine.store('data').put(entry('later', 'value', 2));
  };
  await engine.compact();
  disk.onStep = () => {};
  expect(engine.store('data').get(bytes('later'))).toBeDefined();
  await engine.close();
  expect(readdirSync(dir).sort()).toEqual(['journal-0000000002', 'snapshot-0000000002']);
  return dir;
}

function copyOf(dir: string): string {
  const copy = newDirectory();
  cpSync(dir, copy, { recursive: true });
  return copy;
}

function flip(path: string, at: number): void {
  const content = readFileSync(path);
  content[at] = content[at]! ^ 0x10;
  writeFileSync(path, content);
}

async function refusalAfter(dir: string, damage: (copy: string) => void): Promise<OperatorError> {
  const copy = copyOf(dir);
  damage(copy);
  return refusal(copy);
}

/** The error that opening ends with; it must be 'data-corrupt' and must have changed nothing. */
async function refusal(dir: string): Promise<OperatorError> {
  const before = contentOf(dir);
  const error = await openEmbeddedEngine({ dir }).then(
    () => null,
    (reason: OperatorError) => reason,
  );
  expect(error).toMatchObject({ code: 'data-corrupt', hint: expect.any(String) });
  expect(contentOf(dir)).toEqual(before);
  expect(readdirSync(dir).some((name) => name.startsWith('lock-'))).toBe(false);
  return error!;
}
