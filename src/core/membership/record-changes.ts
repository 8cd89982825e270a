import type { Context } from '../context.js';
import type { About } from '../model/about.js';
import { bytesToId } from '../model/bytes.js';
import type { Entry } from '../model/entry.js';
import type { Hlc } from '../model/hlc.js';
import { harmless } from '../model/names.js';
import { replicaOf } from '../model/version.js';
import type { Gates } from '../partition/gates.js';
import type { Incidents } from '../partition/incidents.js';
import type { AsideWrites } from '../resolution/aside-writes.js';
import { clearForgotten } from './forgotten.js';
import type { Liveness } from './liveness.js';
import type { MemoryMembers } from './memory-members.js';
import type { Quorum } from './quorum.js';
import { type IncidentRecord, isSetAside, type MemberRecord, type Records } from './records.js';
import type { Sessions } from './sessions.js';
import { clearVersionFault } from './versions.js';

/**
 * What a node does when a record of the cluster changes, by its own hand or by replication: members come and go, incidents
 * hold islands apart and release them. Settings are looked up where they matter.
 */
export class RecordChanges {
  constructor(
    private readonly context: Context,
    private readonly liveness: Liveness,
    private readonly incidents: Incidents,
    private readonly gates: Gates,
    private readonly sessions: Sessions,
    private readonly quorum: Quorum,
    private readonly memoryMembers: MemoryMembers,
    private readonly stops: () => boolean,
    private readonly asides: AsideWrites,
    /** Who may come in may have changed. */
    private readonly accessChanged: () => void,
  ) {}

  /** To be called for every entry that changes in the system group. */
  note(entry: Entry, clockBefore: Hlc): void {
    if (isSetAside(entry.key)) return;
    const { records } = this.context;
    const name = bytesToId(entry.key);
    if (name.startsWith('incident/')) {
      const id = name.slice('incident/'.length);
      const known = records.incident(id);
      records.noteEntry(entry);
      const incident = records.incident(id);
      const isNew = known?.state !== 'resolved' && known?.state !== 'undone';
      if (incident?.kind === 'split-brain' && isNew) this.tellIslands(incident, known);
      if (incident?.state === 'resolved' && incident.kind === 'split-brain' && isNew) this.released(incident);
      else if (this.context.self.isJoined && this.incidents.obey()) this.gates.updateAll();
      this.noteFence(id, incident, clockBefore);
    } else if (name.startsWith('member/')) {
      const before = records.member(name.slice('member/'.length));
      records.noteEntry(entry);
      const record = records.member(name.slice('member/'.length));
      if (record !== undefined) this.memberChanged(record, before);
    } else if (name.startsWith('setting/')) {
      this.noteSetting(entry, name.slice('setting/'.length));
      this.accessChanged();
    } else if (name.startsWith('user/') || name.startsWith('password/')) {
      this.noteUser(entry, name);
      this.accessChanged();
    } else {
      records.noteEntry(entry);
    }
  }

  /** After a start: what was written before it may lie beyond a fence that was taken in then. */
  resume(): void {
    const { records, clock } = this.context;
    for (const incident of records.openIncidents()) this.noteFence(incident.id, incident, clock.last);
  }

  /**
   * A memory-only node that restarted came back as a new member, through one that did not know its former self: of two at one
   * address, the one heard of last is alive.
   */
  forgetNamesakes(): void {
    const { records } = this.context;
    const last = new Map<string, MemberRecord>();
    for (const member of records.active()) {
      if (!member.memoryOnly) continue;
      const place = `${member.name} ${member.address}`;
      const other = last.get(place);
      const isLater = other === undefined || records.changedMs(member.replica) >= records.changedMs(other.replica);
      if (other !== undefined) this.memoryMembers.supersede(isLater ? other : member, null);
      if (isLater) last.set(place, member);
    }
  }

  /**
   * From here on this node's writes are later than all that the resolution decides. The fence goes to every peer ahead of them (as
   * a marker does: Chandy and Lamport, "Distributed Snapshots", 1985), so that no clock passes it but by running ahead.
   */
  private noteFence(id: string, incident: IncidentRecord | undefined, clock: Hlc): void {
    const { fences, peers, replicas } = this.context;
    const fence = incident?.state === 'resolving' ? incident.fence : null;
    if (fence === null || fence === fences.get(id)?.fence) {
      if (fence === null) fences.delete(id);
      return;
    }
    fences.set(id, { fence, clock });
    for (const peer of peers.values()) {
      peer.passFence(replicas.system.vector);
      peer.fencesMet.add(fence);
      peer.ackDue = true;
    }
  }

  /** A minority does not change the rules of those who hold a majority. */
  private noteSetting(entry: Entry, name: string): void {
    const { records, self } = this.context;
    const before = Object.entries(records.settings()).find(([key]) => key === name)?.[1];
    const isOverruled = replicaOf(entry.origin) !== self.replica && !this.stops() && this.quorum.overrules();
    records.noteEntry(entry);
    const now = Object.entries(records.settings()).find(([key]) => key === name)?.[1];
    const about: About = { kind: 'setting', subject: name };
    if (now !== before) this.context.log('info', `${name} is ${now}${unitOf(name)} now`, about);
    if (!isOverruled || before === undefined || !records.isForced(name)) return;
    this.context.log('warn', `${name} was changed by a minority: it stays ${before}`, about);
    records.putSetting(name, String(before));
  }

  /** That a split-brain was found, which this node is in, and that islands came to it. Not what a joiner reads of the past. */
  private tellIslands({ id, islands }: IncidentRecord, known: IncidentRecord | undefined): void {
    const { records, log } = this.context;
    const shown = islandsText(islands, records);
    if (!this.concerns(islands) || (known !== undefined && islandsText(known.islands, records) === shown)) return;
    const what = known === undefined ? 'was found' : 'has other islands now';
    log('warn', `split-brain ${id} ${what}: ${shown} wrote apart from each other; their data is held apart`, {
      kind: 'split-brain',
      subject: id,
    });
  }

  private noteUser(entry: Entry, name: string): void {
    const { records, log } = this.context;
    const known = records.users.count;
    records.noteEntry(entry);
    if (name.startsWith('user/') && records.users.count !== known)
      log('info', `${harmless(name.replace('/', ' '))} was ${records.users.count > known ? 'added' : 'removed'}`, {
        kind: 'user',
        subject: harmless(name.slice('user/'.length)),
      });
  }

  private concerns(islands: IncidentRecord['islands']): boolean {
    const { self } = this.context;
    return self.isJoined && islands.some(({ replicas }) => replicas.includes(self.replica));
  }

  private released(incident: IncidentRecord): void {
    const { records, self, log } = this.context;
    const { id, executor } = incident;
    if (this.concerns(incident.islands) && executor !== null && executor !== self.replica)
      log('info', `split-brain ${id} is resolved, by ${records.nameOf(executor)}`, { kind: 'resolved', subject: id });
    this.asides.note(incident);
    this.incidents.release(incident);
    this.gates.updateAll();
  }

  private memberChanged(record: MemberRecord, before: MemberRecord | undefined): void {
    const { self, separations, acks, peers, log } = this.context;
    if (record.state !== 'member') {
      if (before?.state === 'member' && record.isForced === true && this.mayReinstate(record))
        return this.reinstate(before);
      if (record.replica === self.replica) return this.isMemberNoMore(record);
      separations.delete(record.replica);
      acks.forget(record.replica);
      clearForgotten(this.context, record.replica);
      clearVersionFault(this.context, record.replica);
      this.liveness.forget(record.replica);
      const peer = peers.get(record.replica);
      if (peer !== undefined) this.sessions.expelSoon(peer);
      if (before?.state === 'member')
        record.state === 'left'
          ? log('info', `${record.name} left`, { kind: 'leaves', subject: record.name })
          : log('info', `${record.name} was forgotten`, { kind: 'forgotten', subject: record.name });
      return;
    }
    if (record.replica === self.replica || (before !== undefined && before.via === record.via)) return;
    this.liveness.expect(record.replica);
    this.gates.placeJoiner(record);
  }

  /** Whether it was forgotten by a minority, and this node's island holds a majority. */
  private mayReinstate({ replica }: MemberRecord): boolean {
    return !this.stops() && this.quorum.overrules(replica);
  }

  private reinstate(record: MemberRecord): void {
    const about: About = { kind: 'forgotten', subject: record.name, over: true };
    this.context.log('warn', `${record.name} was forgotten by a minority: it stays a member`, about);
    this.context.records.putMember(record);
  }

  private isMemberNoMore(record: MemberRecord): void {
    if (this.stops()) return;
    const message =
      record.state === 'left' ? 'this node has left the cluster' : 'this node was forgotten by the cluster';
    this.context.effect({ kind: 'stop', code: 'forgotten', message });
  }
}

// ---------------------------------------------------------------------------------------------------------------------

function islandsText(islands: IncidentRecord['islands'], records: Records): string {
  const named = islands.map(({ replicas }) => replicas.map((one) => records.nameOf(one)).sort());
  return named
    .map((names) => `{${names.join(', ')}}`)
    .sort()
    .join(' | ');
}

function unitOf(setting: string): string {
  return setting === 'failure-timeout' || setting === 'clock-skew-limit' ? ' ms' : '';
}
