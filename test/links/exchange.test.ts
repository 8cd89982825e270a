import { describe, expect, test } from '@jest/globals';
import { AnsweringEnd, DiallingEnd, OPENING_BYTES, PROOF_PREAMBLE, type Step } from '../../src/links/exchange.js';
import { ClusterSecret } from '../../src/links/secret.js';

const NEW = 'n'.repeat(43);
const OLD = 'o'.repeat(43);
const OTHER = 'x'.repeat(43);
const [A, B] = [Buffer.from('aaaaaaaaaaaaaaaa', 'hex'), Buffer.from('bbbbbbbbbbbbbbbb', 'hex')];
const NO_BINDING = Buffer.alloc(0);

const dials = (secrets: string[], binding = NO_BINDING) =>
  new DiallingEnd(new ClusterSecret(secrets), 'link', A, binding);
const answers = (secrets: string[], binding = NO_BINDING) => new AnsweringEnd(new ClusterSecret(secrets), B, binding);

/** The bytes after the preamble, which tells whose they are. */
const openingOf = (end: DiallingEnd) => end.opening.subarray(PROOF_PREAMBLE.length);

/** What both ends come to, and all bytes that went over the wire. */
function meet(dialling: DiallingEnd, answering: AnsweringEnd, pieceBytes = 1024) {
  const wire: Buffer[] = [];
  const steps: { dialling: Step | null; answering: Step | null } = { dialling: null, answering: null };
  let toAnswering: Buffer = openingOf(dialling);
  let toDialling: Buffer = Buffer.alloc(0);
  const isOver = (step: Step | null) => step !== null && step.kind !== 'wait';
  for (let i = 0; i < 1000 && toAnswering.length + toDialling.length > 0; i++) {
    const forAnswering = toAnswering.subarray(0, pieceBytes);
    toAnswering = toAnswering.subarray(pieceBytes);
    if (forAnswering.length > 0 && !isOver(steps.answering)) {
      const step = answering.take(forAnswering);
      steps.answering = step;
      if (step.send !== undefined) toDialling = Buffer.concat([toDialling, step.send]);
    }
    const forDialling = toDialling.subarray(0, pieceBytes);
    toDialling = toDialling.subarray(pieceBytes);
    if (forDialling.length > 0 && !isOver(steps.dialling)) {
      const step = dialling.take(forDialling);
      steps.dialling = step;
      if (step.send !== undefined) toAnswering = Buffer.concat([toAnswering, step.send]);
    }
    wire.push(forAnswering, forDialling);
  }
  return { ...steps, wire: Buffer.concat(wire) };
}

describe('two ends that show each other the secret', () => {
  test('believe each other where it is the same, and never send it', () => {
    const { dialling, answering, wire } = meet(dials([NEW]), answers([NEW]));
    expect(dialling).toMatchObject({ kind: 'done', shown: 'current' });
    expect(answering).toMatchObject({ kind: 'done', shown: 'current' });
    expect(wire.includes(NEW)).toBe(false);
  });

  test('do so byte by byte', () => {
    const { dialling, answering } = meet(dials([NEW]), answers([NEW]), 1);
    expect([dialling?.kind, answering?.kind]).toEqual(['done', 'done']);
  });

  test('part where it is another: the end that was dialled has shown nothing', () => {
    const { dialling, answering } = meet(dials([OTHER]), answers([NEW]));
    expect(answering).toMatchObject({ kind: 'fault', fault: 'refused' });
    expect(dialling).toMatchObject({ kind: 'fault', fault: 'refused' });
    expect(answering?.send).toHaveLength(1);
  });

  test.each([
    { dialler: [NEW, OLD], answerer: [OLD], shown: ['old', 'current'] },
    { dialler: [OLD], answerer: [NEW, OLD], shown: ['current', 'old'] },
    { dialler: [NEW, OLD], answerer: [NEW, OLD], shown: ['current', 'current'] },
    { dialler: [NEW, OLD], answerer: [NEW], shown: ['current', 'current'] },
  ])('with $dialler and $answerer see who still shows the old one', ({ dialler, answerer, shown }) => {
    const { dialling, answering } = meet(dials(dialler), answers(answerer));
    expect([dialling, answering].map((step) => step?.kind === 'done' && step.shown)).toEqual(shown);
  });

  test('part where each is in a TLS session of its own: somebody stands between them', () => {
    const { answering } = meet(dials([NEW], Buffer.alloc(32, 1)), answers([NEW], Buffer.alloc(32, 2)));
    expect(answering).toMatchObject({ kind: 'fault', fault: 'refused' });
  });
});

describe('an end that was dialled refuses', () => {
  test('what another connection has shown', () => {
    const dialler = dials([NEW]);
    const challenge = answers([NEW]).take(openingOf(dialler));
    const proof = dialler.take(challenge.send!);
    const again = answers([NEW]);
    again.take(openingOf(dialler));
    expect(again.take(proof.send!)).toMatchObject({ kind: 'fault', fault: 'refused' });
  });

  test('its own proof, which it was made to give as the end that dials', () => {
    // The stranger is dialled by the node, and dials it at the same time: all it gets is handed back.
    const nodeDials = dials([NEW]);
    const nodeAnswers = answers([NEW]);
    const challenge = nodeAnswers.take(openingOf(nodeDials)).send!;
    const proof = nodeDials.take(challenge).send!;
    const other = answers([NEW]);
    const [id, nonce] = [proof.subarray(0, 8), challenge.subarray(9)];
    other.take(Buffer.concat([openingOf(nodeDials).subarray(0, 1), nonce]));
    expect(other.take(Buffer.concat([id, proof.subarray(8)]))).toMatchObject({ kind: 'fault', fault: 'refused' });
  });

  test('no proof, too many, and what is none', () => {
    const after = (bytes: Buffer) => {
      const end = answers([NEW]);
      end.take(openingOf(dials([NEW])));
      return end.take(bytes);
    };
    expect(after(Buffer.concat([A, Buffer.of(0)]))).toMatchObject({ kind: 'fault', fault: 'malformed' });
    expect(after(Buffer.concat([A, Buffer.of(255)]))).toMatchObject({ kind: 'fault', fault: 'malformed' });
    expect(after(Buffer.concat([A, Buffer.of(1), Buffer.alloc(32)]))).toMatchObject({ fault: 'refused' });
    expect(answers([NEW]).take(Buffer.from('GET'))).toMatchObject({ kind: 'fault', fault: 'malformed' });
  });
});

describe('an end that dials', () => {
  test('says nothing but chance before it is asked', () => {
    const [one, two] = [dials([NEW]), dials([NEW])];
    expect(one.opening).toHaveLength(OPENING_BYTES);
    expect(one.opening.equals(two.opening)).toBe(false);
    expect(one.opening.includes(A)).toBe(false);
  });

  test('does not believe who took its proof and shows none', () => {
    const dialler = dials([NEW]);
    const challenge = answers([OTHER]).take(openingOf(dialler)).send!;
    dialler.take(challenge);
    const forged = Buffer.concat([Buffer.from('Y'), Buffer.alloc(32, 7)]);
    expect(dialler.take(forged)).toMatchObject({ kind: 'fault', fault: 'unproven' });
  });

  test('does not take its own proof for that of the other end', () => {
    const dialler = dials([NEW]);
    const proof = dialler.take(answers([NEW]).take(openingOf(dialler)).send!).send!;
    const reflected = Buffer.concat([Buffer.from('Y'), proof.subarray(9)]);
    expect(dialler.take(reflected)).toMatchObject({ kind: 'fault', fault: 'unproven' });
  });

  test.each([
    ['O', 'open'],
    ['T', 'tls-only'],
    ['X', 'no-certificate'],
    ['-ERR unknown command', 'malformed'],
  ])('understands the answer %s', (answer, fault) => {
    expect(dials([NEW]).take(Buffer.from(answer))).toMatchObject({ kind: 'fault', fault });
  });
});
