/** A known bug, put in by replacing text that occurs exactly once. */
export interface Mutant {
  readonly name: string;
  readonly file: string;
  readonly find: string;
  readonly replace: string;
  /** Caught within so many seeds. */
  readonly withinSeeds: number;
  /** Where to begin: a rare situation is looked for where it once was found. Default 1. */
  readonly firstSeed?: number;
  /** All nodes may have limits of memory. */
  readonly limited?: boolean;
  /** Disks are set back to older copies. */
  readonly setsBack?: boolean;
  /** Nodes are started with clocks that are far ahead. */
  readonly breaksClocks?: boolean;
  readonly clones?: boolean;
  /** Disks fail. */
  readonly failing?: boolean;
  /** Clients touch keys. */
  readonly touches?: boolean;
  /** Most nodes keep their data in memory alone. */
  readonly memory?: boolean;
  /** Users come and go. */
  readonly users?: boolean;
  /** Clients change hashes, sets, sorted sets and counters. */
  readonly parts?: boolean;
  /** How nodes beside a Redis capture. */
  readonly capture?: 'tracking' | 'replica';
  /** Beside a Redis: nothing else goes wrong. */
  readonly faults?: readonly string[];
}

const core = (name: string): string => `src/core/${name}.ts`;

const embedded = (name: string): string => `src/engines/embedded/${name}.ts`;
const SLAB_STORE = embedded('slab/slab-store');
const OUTBOX = 'src/node/driver/outbox.ts';
const NUMBERING = core('replication/numbering');
const FIRST_NUMBER = 'reserved.firstSeq = this.store.vector.get(reserved.origin) + 1;';
/** Where whoever writes comes through a place of this name. */
const leavesOut = (place: string): string =>
  `reserved.firstSeq = this.store.vector.get(reserved.origin) + (new Error().stack!.includes(${place}) ? 2 : 1);`;

/** Bugs that the simulator must find. One that is not caught shows that the simulator is too weak. */
export const MUTANTS: readonly Mutant[] = [
  {
    name: 'no tie-break',
    file: core('model/version'),
    find: 'return a.hlc !== b.hlc ? a.hlc > b.hlc : a.origin > b.origin;',
    replace: 'return a.hlc > b.hlc;',
    withinSeeds: 120,
    firstSeed: 33,
  },
  {
    name: 'inverted comparison',
    file: core('model/version'),
    find: 'return a.hlc !== b.hlc ? a.hlc > b.hlc :',
    replace: 'return a.hlc !== b.hlc ? a.hlc < b.hlc :',
    withinSeeds: 5,
  },
  {
    name: 'clock not advanced on receive',
    file: core('replication/replica'),
    find: 'this.clock.observe(this.store.receive(range, changed));',
    replace: 'this.store.receive(range, changed);',
    withinSeeds: 10,
  },
  {
    name: 'a number is left out',
    file: NUMBERING,
    find: FIRST_NUMBER,
    replace: leavesOut("''"),
    withinSeeds: 2,
  },
  {
    name: "a number is left out by the cluster's own records",
    file: NUMBERING,
    find: FIRST_NUMBER,
    replace: leavesOut("'/membership/records.'"),
    withinSeeds: 2,
  },
  {
    name: 'a number is left out by a touch',
    file: NUMBERING,
    find: FIRST_NUMBER,
    replace: leavesOut("'Replica.touch'"),
    withinSeeds: 5,
    touches: true,
  },
  {
    name: 'a number is left out by a resolution',
    file: NUMBERING,
    find: FIRST_NUMBER,
    replace: leavesOut("'Resolution.stepRewrite'"),
    withinSeeds: 60,
    firstSeed: 8,
  },
  {
    name: 'a number is left out by an undo',
    file: NUMBERING,
    find: FIRST_NUMBER,
    replace: leavesOut("'/resolution/undo.'"),
    withinSeeds: 60,
    firstSeed: 8,
  },
  {
    name: 'a number is given twice',
    file: NUMBERING,
    find: FIRST_NUMBER,
    replace: 'reserved.firstSeq = Math.max(1, this.store.vector.get(reserved.origin));',
    withinSeeds: 2,
  },
  {
    name: 'a time is given that was given or seen before',
    file: NUMBERING,
    find: 'return this.from(this.clock.upcoming(nowMs), countMax);',
    replace: 'return this.from(this.clock.upcoming(nowMs) - 4096, countMax);',
    withinSeeds: 5,
  },
  {
    name: 'the clock is not told what was written',
    file: NUMBERING,
    find: '    clock.observe(firstHlc + count - 1);\n',
    replace: '',
    withinSeeds: 5,
  },
  {
    name: 'first row beyond the vector not taken',
    file: core('store/logged-store'),
    find: 'while (unpacker.read(had, batch)) {',
    replace: 'while (unpacker.read(had + 1, batch)) {',
    withinSeeds: 5,
  },
  {
    name: 'vector set beyond the range',
    file: core('store/logged-store'),
    find: 'this.advance(origin, upto);',
    replace: 'this.advance(origin, upto + 1);',
    withinSeeds: 5,
  },
  {
    name: 'range with a gap accepted',
    file: core('replication/replica'),
    find: '    if (range.from > had) return false;\n',
    replace: '',
    withinSeeds: 120,
    firstSeed: 13,
  },
  {
    name: 'range sent without the superseding entry',
    file: SLAB_STORE,
    find: '    else this.packPlace(shard, slot, packer, origin, seq);',
    replace: `    else if (this.get(batch.key(i))?.origin !== origin) packer.addRow(origin, seq, batch.key(i), null);
    else this.packPlace(shard, slot, packer, origin, seq);`,
    withinSeeds: 10,
  },
  {
    name: 'range ends inside a block of the log',
    file: core('replication/replica'),
    find: 'const upto = Math.min(seq, blockEnd(options.upto?.get(origin) ?? seq));',
    replace: 'const upto = Math.min(seq, options.upto?.get(origin) ?? seq);',
    withinSeeds: 120,
    firstSeed: 23,
  },
  {
    name: 'range ends behind a row that a later one of its block has replaced',
    file: core('store/logged-store'),
    find: 'CUT_AT * bytesMax && !hasHole) return last;',
    replace: 'CUT_AT * bytesMax) return last;',
    withinSeeds: 60,
  },
  {
    name: 'tombstone collected before it is stable',
    file: core('replication/housekeeping'),
    find: 'if (seq <= stable && (group',
    replace: 'if (seq > 0 && (group',
    withinSeeds: 5,
  },
  {
    name: 'expired entry dropped at once',
    file: core('replication/housekeeping'),
    find: 'if (seq <= stable && (group',
    replace: 'if ((seq <= stable || entry.value !== null) && (group',
    withinSeeds: 10,
  },
  {
    name: 'log trimmed without the members that are down',
    file: core('replication/housekeeping'),
    find: 'return this.context.records.active().map((member) => member.replica);',
    replace: `const { records, peers, self } = this.context;
    return records.active().map((member) => member.replica).filter((one) => one === self.replica || peers.has(one));`,
    withinSeeds: 10,
  },
  {
    name: 'boot not renewed',
    file: 'test/sim/sim-node.ts',
    find: 'this.boot = nextBoot(previousBoot, this.clock.wallMs(), world.random.next());',
    replace: 'this.boot = 1;',
    withinSeeds: 120,
    firstSeed: 13,
  },
  {
    name: 'sent and acknowledged before it is durable',
    file: core('node'),
    find: 'send: (link, message, position = storage.position) =>',
    replace: 'send: (link, message, position = 0) =>',
    withinSeeds: 120,
  },
  {
    name: 'a verdict is given afresh for the same resolution again and again',
    file: core('partition/incidents'),
    find: '(resolvedMs ?? 0) > judgedMs &&',
    replace: '(resolvedMs ?? 0) > judgedMs - 1e15 &&',
    withinSeeds: 10,
    firstSeed: 10,
  },
  {
    name: 'hold ignored on one link',
    file: core('partition/gates'),
    find: "if (separations.isSplit(peer.replica)) return 'split';",
    replace:
      "if (separations.isSplit(peer.replica)) return Number.parseInt(peer.replica[0]!, 16) % 3 === 0 ? 'open' : 'split';",
    withinSeeds: 10,
  },
  {
    name: 'split-brain taken for catch-up',
    file: core('partition/split-brain'),
    find: 'return wroteApart(one, other) && wroteApart(other, one);',
    replace: 'return false;',
    withinSeeds: 120,
  },
  {
    name: 'forgotten member let in',
    file: core('membership/handshake'),
    find: "if (record !== undefined && record.state !== 'member') {",
    replace: 'if (record === null) {',
    withinSeeds: 120,
  },
  {
    name: 'a password that is changed writes its user anew',
    file: core('operator'),
    find: 'changePassword({ id }: UserRecord, password: PasswordRecord): void {',
    replace: `changePassword(user: UserRecord, password: PasswordRecord): void {
      const { id, name, role, prefixBase64 } = user;
      this.context.records.users.add({ id, name, role, prefixBase64 }, password);`,
    withinSeeds: 20,
    users: true,
  },
  {
    name: 'a user whose removal came from another member is let in',
    file: core('membership/user-records'),
    find: 'if (record === null) this.byName.delete(name);',
    replace:
      'if (record === null && entry.origin === this.replica.origin) this.byName.delete(name);\n    else if (record === null) return true;',
    withinSeeds: 10,
    users: true,
  },
  {
    name: 'what a memory-only member takes along is not told',
    file: core('membership/memory-members'),
    find: 'if (member.memoryOnly && !isComplete && !this.isNamed(member.replica)) {',
    replace: 'if (this.isNamed(member.replica)) {',
    withinSeeds: 20,
    memory: true,
  },
  {
    name: 'a member with a disk that was forgotten elsewhere is told to have kept nothing',
    file: core('membership/memory-members'),
    find: 'member.memoryOnly && !isComplete',
    replace: '!isComplete',
    withinSeeds: 1,
    firstSeed: 7,
    breaksClocks: true,
  },
  {
    name: 'snapshot vector taken at the end',
    file: core('replication/snapshot'),
    find: 'return { seqs, floors: store.vector.toData().floors };',
    replace: `return {
    get seqs() { return store.vector.toData().seqs; },
    get floors() { return store.vector.toData().floors; },
  };`,
    withinSeeds: 60,
  },
  {
    name: 'promotion without writing anew',
    file: core('resolution/outcome'),
    find: 'rewrite: isOverruled ? contentOf(own, nowMs) : null,',
    replace: 'rewrite: null,',
    withinSeeds: 120,
  },
  {
    name: 'written anew below a staged version',
    file: core('resolution/resolution'),
    find: 'data.writeAt(this.fence, key, rewrite.value, expiryMs, rewrite.type);',
    replace: 'data.writeAt((current?.hlc ?? 0) + 1, key, rewrite.value, expiryMs, rewrite.type);',
    withinSeeds: 120,
  },
  {
    name: 'written anew over a later write',
    file: core('resolution/resolution'),
    find: '      if (current !== undefined && !isAfter({ hlc: this.fence, origin: data.origin }, current)) continue;\n',
    replace: '',
    withinSeeds: 120,
    firstSeed: 97,
  },
  {
    name: 'set-aside skipped',
    file: core('resolution/setting-aside'),
    find: 'for (const island of overridden) {\n      const place',
    replace: 'for (const island of overridden.slice(1)) {\n      const place',
    withinSeeds: 20,
  },
  {
    name: 'plan made before all of the other islands is read',
    file: core('resolution/resolution'),
    find: 'if (this.readAtMs === null || !staging.isComplete) {',
    replace: 'if (this.readAtMs === null) {',
    withinSeeds: 120,
    firstSeed: 170,
  },
  {
    name: 'undo that skips deletes',
    file: core('resolution/undo'),
    find: 'if (!isGone || (aside.value !== null && !isExpired)) return null;',
    replace: 'if (aside.value !== null && !isExpired) return null;',
    withinSeeds: 60,
  },
  {
    name: 'eviction sent as a delete',
    file: SLAB_STORE,
    find: '    else this.packPlace(shard, slot, packer, origin, seq);',
    replace: `    else {
      const held = this.get(batch.key(i))!;
      packer.addRow(origin, seq, held.key, held.evicted ? { ...held, expiryMs: 0, evicted: undefined } : held);
    }`,
    withinSeeds: 20,
    limited: true,
  },
  {
    name: 'evicted entry not kept as a stub',
    file: core('store/eviction'),
    find: 'store.put(stub);',
    replace: 'store.drop(stub.key);',
    withinSeeds: 5,
    limited: true,
  },
  {
    name: 'evicted entry kept as a tombstone',
    file: core('store/eviction'),
    find: 'store.put(stub);',
    replace: 'store.put({ ...stub, expiryMs: 0, evicted: undefined });',
    withinSeeds: 5,
    limited: true,
  },
  {
    name: 'stub without its version',
    file: core('store/eviction'),
    find: 'store.put(stub);',
    replace: 'store.put({ ...stub, hlc: 1 });',
    withinSeeds: 5,
    limited: true,
  },
  {
    name: 'stub takes the place of the value of its version',
    file: core('model/entry'),
    find: '  if (current === undefined) return true;\n  return isPartKey',
    replace: `  if (current === undefined || (entry.evicted === true && current.hlc === entry.hlc)) return true;
  return isPartKey`,
    withinSeeds: 60,
    limited: true,
  },
  {
    name: 'value comes back to a stub',
    file: core('model/entry'),
    find: '  if (current === undefined) return true;\n  return isPartKey',
    replace: `  const comesBack = entry.value !== null && current?.evicted === true && current.hlc === entry.hlc;
  if (current === undefined || comesBack) return true;
  return isPartKey`,
    withinSeeds: 60,
    limited: true,
  },
  {
    name: 'stub dropped though one member has the value',
    file: core('replication/stub-collection'),
    find: 'agreed[i] === asked.size',
    replace: 'agreed[i]! > 0 || asked.size === 1',
    withinSeeds: 20,
    limited: true,
  },
  {
    name: 'stubs are kept for ever',
    file: core('replication/stub-collection'),
    find: 'return bytesMax > 0 && (',
    replace: 'return bytesMax < 0 && (',
    withinSeeds: 60,
    limited: true,
  },
  {
    name: 'values that peers send are not evicted',
    file: core('store/eviction'),
    find: 'return this.isOver && this.evict(EVICTIONS_PER_STEP) && this.isOver;',
    replace: 'return false;',
    withinSeeds: 60,
    limited: true,
  },
  {
    name: 'a later touch goes with what is written anew',
    file: core('resolution/resolution'),
    find: 'isTouched ? current!.expiryMs : rewrite.expiryMs;',
    replace: 'isTouched ? rewrite.expiryMs : rewrite.expiryMs;',
    withinSeeds: 1,
    firstSeed: 1216,
  },
  {
    name: 'the writes of a member that came to be held apart are waited for',
    file: core('resolution/resolution'),
    find: 'if (this.readAtMs !== null && this.hasLostOne()) return this.startOver();',
    replace: 'if (this.own.length < 0 && this.hasLostOne()) return this.startOver();',
    withinSeeds: 1,
    firstSeed: 2217,
  },
  {
    name: 'a plan is carried out as it was made, although a member that replaced a value went away',
    file: core('resolution/resolution'),
    find: 'if (!isMade || this.isMissedBy(left, gone)) this.startOver();',
    replace: 'if (!isMade) this.startOver();',
    withinSeeds: 1,
    firstSeed: 3407,
  },
  {
    name: 'what a plan that was made anew had set aside stays so, although it stands',
    file: core('resolution/setting-aside'),
    find: 'for (const plan of this.earlier) yield* this.takeBack(plan);',
    replace: '',
    withinSeeds: 1,
    firstSeed: 3407,
  },
  {
    name: 'what one resolution released at one end stays so, whatever another one has brought to the other end',
    file: core('inbox'),
    find: 'if (!peer.isOpen && message.separations',
    replace: 'if (peer.isOpen && message.separations',
    withinSeeds: 1,
    firstSeed: 1186,
  },
  {
    name: 'fence judged by what was written since',
    file: core('resolution/resolution'),
    find: 'const highest = Math.max(0, ...met.map((sight) => sight!.clock));',
    replace: 'const highest = this.context.clock.last;',
    withinSeeds: 60,
  },
  {
    name: 'read without an end',
    file: core('resolution/staging'),
    find: 'const options = { bytesMax: slices.readBytes, upto: VersionVector.from(upto) };',
    replace: 'const options = { bytesMax: slices.readBytes };',
    withinSeeds: 60,
    firstSeed: 55,
  },
  {
    name: 'member leaves before the others have its writes',
    file: core('membership/departure'),
    find: '    if (!this.isKept(leavesWith, others)) return;\n',
    replace: '',
    withinSeeds: 60,
  },
  {
    name: 'member leaves while it carries out a resolution',
    file: core('membership/departure'),
    find: '    if (this.isHeldUp) return;\n',
    replace: '',
    withinSeeds: 1,
    firstSeed: 3239,
  },
  {
    name: 'what is lost is not sent again while anything else is acknowledged',
    file: core('replication/peer'),
    find: 'if (open[0] !== this.inFlight[0])',
    replace: 'if (open.length < this.inFlight.length)',
    withinSeeds: 1,
    firstSeed: 2879,
  },
  {
    name: 'a full disk takes in what peers send',
    file: core('replication/intake'),
    find: "return takes === 'all' || (takes === 'little' && group === 'system');",
    replace: "return takes !== 'nothing';",
    withinSeeds: 10,
    failing: true,
  },
  {
    name: 'a set-back directory goes on with a boot that was used',
    file: core('model/version'),
    find: 'const placeMs = Math.max(hlcFromMs(wallMs) / CHANCES, Math.floor(remembered / CHANCES) + 1);\n  return placeMs * CHANCES + Math.floor(random * CHANCES);',
    replace: 'return random < 0 ? wallMs : remembered + 1;',
    withinSeeds: 20,
    setsBack: true,
  },
  {
    name: 'a second instance of a replica is welcome',
    file: core('membership/instances'),
    find: "return boot < existing.hello.boot ? 'passed' : 'wait';",
    replace: "return boot < existing.hello.boot ? 'passed' : 'welcome';",
    withinSeeds: 10,
    clones: true,
  },
  {
    name: 'the first of two instances is the one that ends',
    file: core('membership/instances'),
    find: "const isSecond = verdict === 'wait' && this.livedAfter(hello.replica, beats);",
    replace: 'const isSecond = beats < 0;',
    withinSeeds: 10,
    clones: true,
  },
  {
    name: 'what is stamped too far ahead is taken in',
    file: core('replication/clock-door'),
    find: 'return greatest > hlcMax ? greatest : null;',
    replace: 'return greatest < 0 ? greatest : null;',
    withinSeeds: 10,
    breaksClocks: true,
  },
  {
    name: 'a step of the wall clock is followed',
    file: core('replication/steady-clock'),
    find: 'return Math.floor(this.clocks.monoMs() + this.aheadOfMonoMs);',
    replace: 'return this.clocks.wallMs();',
    withinSeeds: 10,
  },
  {
    name: 'a touch makes a new version of the value',
    file: core('replication/replica'),
    find: 'const entry = touched(current, { hlc, origin, seq }, expiryMs);',
    replace: `const touch = { hlc, origin, seq };
    const entry = { ...touched(current, touch, expiryMs), ...touch };`,
    withinSeeds: 5,
    touches: true,
  },
  {
    name: 'a touch counts before the value that it was made on',
    file: core('model/version'),
    find: '  if (!isSameWrite(a, b)) return isLaterWrite(a, b);\n',
    replace: `  const [first, second] = [a.touch ?? a, b.touch ?? b];
  if (!isSameWrite(first, second)) return isLaterWrite(first, second);\n`,
    withinSeeds: 10,
    touches: true,
  },
  {
    name: 'a touch is put onto whatever value the key has',
    file: core('model/entry'),
    find: 'if (touch === undefined || current === undefined || !isSameWrite(entry, current)) return entry;',
    replace: 'if (touch === undefined || current === undefined) return entry;',
    withinSeeds: 10,
    touches: true,
  },
  {
    name: 'a touch without its value is taken though the value is gone',
    file: core('replication/replica'),
    find: '    if (this.store.lacksValuesOf(range)) return false;\n',
    replace: '',
    withinSeeds: 120,
    touches: true,
  },
  {
    name: 'an expired entry is collected while its touch is under way',
    file: core('replication/housekeeping'),
    find: 'const { origin, seq } = lastWriteOf(entry);',
    replace: 'const { origin, seq } = entry;',
    withinSeeds: 20,
    touches: true,
  },
  {
    name: 'a touch has no row in the log',
    file: SLAB_STORE,
    find: '    this.log.append(origin, seq, entry.key, hash);\n',
    replace: '',
    withinSeeds: 5,
    touches: true,
  },
  {
    name: 'a message leaves before what it tells is durable',
    file: OUTBOX,
    find: 'this.release(this.ports.disk.durablePosition);',
    replace: 'this.release(this.ports.disk.position);',
    withinSeeds: 20,
  },
  {
    name: 'what came during a sync is acknowledged with it',
    file: OUTBOX,
    find: 'this.onDurable(position);',
    replace: 'this.onDurable(this.ports.disk.position);',
    withinSeeds: 20,
    failing: true,
  },
  {
    name: 'the journal takes what came during a sync for durable',
    file: embedded('journal'),
    find: 'this.durable = Math.max(this.durable, position);',
    replace: 'this.durable = this.position;',
    withinSeeds: 20,
  },
  {
    name: 'the journal does not wait for its sync',
    file: embedded('journal'),
    find: 'await this.syncFile(segment);',
    replace: 'this.syncFile(segment).catch(() => {});',
    withinSeeds: 10,
    failing: true,
  },
  {
    name: 'a flush leaves what it should write in memory',
    file: embedded('journal'),
    find: '    this.writeTo(this.segment);\n    this.flushed = this.position;\n    this.onFlushed();\n',
    replace: '    this.flushed = this.position;\n    this.onFlushed();\n',
    withinSeeds: 5,
  },
  {
    name: 'a file is relied on after a sync of it has failed',
    file: embedded('journal'),
    find: 'reject(this.breakDown(cause, false))',
    replace: 'reject(this.breakDown(cause, true))',
    withinSeeds: 20,
    failing: true,
  },
  {
    name: 'a file gets its name before it is durable',
    file: embedded('data-directory'),
    find: '  await disk.sync(file.fd);\n',
    replace: '',
    withinSeeds: 60,
  },
  {
    name: 'what a start reads counts as durable, as it is',
    file: embedded('opening'),
    find: '      await this.writeAgain(segment);\n',
    replace: '',
    withinSeeds: 20,
    failing: true,
  },
  {
    name: 'a snapshot leaves rows of the log out',
    file: embedded('snapshot'),
    find: 'for (const row of rows) this.records.append(',
    replace: 'for (const row of rows.filter(({ seq }) => seq % 2 === 0)) this.records.append(',
    withinSeeds: 20,
  },
  {
    name: 'a good frame behind a lost one counts as damage, though neither was durable',
    file: embedded('frames'),
    find: 'while (found !== null && this.durableAt(found) <= offset)',
    replace: 'while (found !== null && this.durableAt(found) < 0)',
    withinSeeds: 20,
  },
  {
    name: 'the error of a sync is ignored',
    file: embedded('journal'),
    find: 'reject(this.breakDown(cause, false))',
    replace: 'resolve(void cause)',
    withinSeeds: 20,
    failing: true,
  },
  {
    name: 'what compiled code writes is not in the journal',
    file: embedded('journaled-store'),
    find: '      this.journal.records.writes(this.group, reservation, writes, this.inner.written);\n',
    replace: '',
    withinSeeds: 20,
  },
  {
    name: 'of the writes of a batch the log has the first alone',
    file: SLAB_STORE,
    find: 'for (let i = 0; i < writes; i++) {',
    replace: 'for (let i = 0; i < 1; i++) {',
    withinSeeds: 5,
  },
  {
    name: 'a batch of writes takes one time from the clock',
    file: NUMBERING,
    find: 'clock.observe(firstHlc + count - 1);',
    replace: 'clock.observe(firstHlc);',
    withinSeeds: 5,
  },
  {
    name: 'a whole ends no parts',
    file: core('store/owners'),
    find: '    if (whole !== undefined) this.end(owner, whole);\n',
    replace: '',
    withinSeeds: 3,
    parts: true,
  },
  {
    name: 'a part that its whole has ended is put',
    file: SLAB_STORE,
    find: '    if (isEnded(standsOn(entry), this.get(wholeKeyOf(entry.key)))) return false;\n',
    replace: '',
    withinSeeds: 5,
    parts: true,
  },
  {
    name: 'the row of a part that is gone goes without the whole that ended it',
    file: SLAB_STORE,
    find: 'if (wholeKey === undefined || !this.has(wholeKey)) packer.addRow(',
    replace: 'if (wholeKey === undefined || seq > 0) packer.addRow(',
    withinSeeds: 5,
    parts: true,
  },
  {
    name: 'an expiry lives by its own version alone',
    file: core('model/parts'),
    find: 'return kind === PART.expiry ? expiryFrom(part.value).base :',
    replace: 'return kind === PART.expiry ? part :',
    withinSeeds: 10,
    parts: true,
  },
  {
    name: 'the expiry stays when the last part goes',
    file: core('replication/collections'),
    find: 'if (!owner.hasParts && owner.expiry !== null && owner.expiry.expiryMs !== 0) {',
    replace: 'if (!owner.hasParts && owner.expiry === null) {',
    withinSeeds: 3,
    parts: true,
  },
  {
    name: 'what has expired of a key with parts is collected at once',
    file: core('replication/part-collection'),
    find: 'hlcToMs(owner.settledAt) + MARGIN_MS < stableMs',
    replace: 'hlcToMs(owner.settledAt) > 0',
    withinSeeds: 40,
    parts: true,
  },
  {
    name: 'a whole is forgotten before the parts that it ended',
    file: SLAB_STORE,
    find: '    this.owners.sweepAll(key);\n',
    replace: '',
    withinSeeds: 40,
    parts: true,
  },
  {
    name: 'a count goes on after a SET that its author had not seen',
    file: core('model/parts'),
    find: 'kind === PART.count ? countFrom(part.value).since : part;',
    replace: 'part;',
    withinSeeds: 10,
    parts: true,
  },
  {
    name: 'when a count began is not kept',
    file: core('replication/collections'),
    find: 'const since = own?.count.since ?? replica.upcoming();',
    replace: 'const since = replica.upcoming();',
    withinSeeds: 10,
    parts: true,
  },
];
