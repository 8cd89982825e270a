import type { IncidentView } from '../admin/protocol/api.js';
import type { Look } from '../operations/dashboard/look.js';
import { listen, type Session, session, signOut } from './api.js';
import { h, show } from './dom.js';
import { LagSeries } from './lag-series.js';
import { askedAt, button, failure, section } from './parts.js';
import { BannerView } from './views/banner.js';
import { DeskView } from './views/desk.js';
import { DoctorView } from './views/doctor.js';
import { FEW_MAX, graphView } from './views/graph.js';
import { LagView } from './views/lag.js';
import { membersView } from './views/members.js';
import { signInView } from './views/sign-in.js';
import { timelineView } from './views/timeline.js';
import { undoAction } from './views/undo.js';
import { signOf } from './words.js';

const head = document.getElementById('top')!;
const main = document.getElementById('main')!;

void begin();

async function begin(): Promise<void> {
  try {
    const who = await session();
    askedAt(who.address);
    if (who.role === null) askWho(who);
    else new Page(who).open();
  } catch (error) {
    show(head, h('span', { class: 'brand' }, 'mneme'));
    show(main, failure(error));
    window.setTimeout(() => void begin(), 3000);
  }
}

function askWho(who: Session): void {
  document.title = `Sign in – Mneme ${who.node}`;
  show(head, h('span', { class: 'brand' }, 'mneme'), h('span', { class: 'muted' }, who.node));
  show(
    main,
    signInView(who, () => void begin()),
  );
  document.getElementById('user')?.focus();
}

/** The page of somebody who may look. */
class Page {
  private readonly live = h('span', { class: 'live', role: 'status' }, 'connecting');
  private readonly cluster = h('span', { class: 'muted cluster' });
  private readonly graph = h('div', { class: 'picture' });
  private readonly members = h('div', {});
  private readonly incidents = h('div', {});
  private readonly undos = new Map<string, HTMLElement>();
  private readonly series = new LagSeries();
  private readonly lag = new LagView(this.series);
  private readonly doctor = new DoctorView();
  private readonly banner: BannerView;
  private readonly desk: DeskView;
  private readonly deskSection: HTMLElement;
  private readonly mayResolve: boolean;
  private look: Look | null = null;
  /** What the incidents were drawn of. */
  private drawnPast = '';

  constructor(private readonly who: Session) {
    this.mayResolve = who.role === 'admin';
    this.desk = new DeskView(this.mayResolve);
    this.banner = new BannerView(this.mayResolve ? () => this.toDesk() : null);
    this.deskSection = section('desk', 'Desk', this.desk.element);
  }

  open(): void {
    const { user, role, node } = this.who;
    show(
      head,
      h('span', { class: 'brand' }, 'mneme'),
      h('span', {}, `at ${node}`),
      this.cluster,
      h('span', { class: 'space' }),
      this.live,
      user === null ? null : h('span', { class: 'muted who' }, `${user} (${role})`),
      user === null ? null : button('sign-out', 'Sign out', () => this.leave()),
    );
    show(main, h('p', { class: 'empty' }, 'Asking the members…'));
    const hearing = listen({
      history: (history) => this.series.take(history),
      look: (look) => this.update(look),
      trouble: (message) => show(this.live, `✕ ${message}`),
      lost: () => this.lost(),
      signedOut: () => {
        hearing.close();
        void begin();
      },
    });
    new ResizeObserver(() => this.drawGraph()).observe(this.graph);
    window.addEventListener('pagehide', () => hearing.close());
  }

  private update(look: Look): void {
    const isFirst = this.look === null;
    // What doctor found is of how it was.
    if (this.look?.state !== look.state) void this.doctor.examine();
    this.look = look;
    this.series.add(look);
    const { glyph, word } = signOf(look.state);
    document.title = `${glyph} ${word} – Mneme ${look.asked}`;
    show(this.live, '● live');
    this.live.classList.remove('lost');
    show(this.cluster, h('span', {}, 'cluster '), h('code', {}, look.clusterId));
    if (isFirst) this.lay();
    const isOpen = look.past.some(({ state, islands }) => state === 'open' && islands.length > 1);
    const above = document.getElementById('members')!;
    if (isOpen && above.nextElementSibling !== this.deskSection) above.after(this.deskSection);
    this.banner.update(look);
    this.drawGraph();
    show(this.members, membersView(look));
    this.desk.update(look);
    this.lag.update(look);
    this.drawIncidents(look);
  }

  private lay(): void {
    const { asked } = this.look!;
    const state = h('div', { class: this.look!.members.length > FEW_MAX ? 'one' : 'two' }, this.graph, this.members);
    const lagTitle = `Lag: writes of ${asked} that a member has not acknowledged`;
    show(
      main,
      this.banner.element,
      section('members', 'Members', state),
      section('lag', lagTitle, this.lag.element),
      section('incidents', 'Incidents', this.incidents),
      this.deskSection,
      section('doctor', 'Doctor', this.doctor.element),
    );
  }

  private drawGraph(): void {
    if (this.look === null || this.graph.clientWidth === 0) return;
    show(this.graph, graphView(this.look, this.graph.clientWidth));
  }

  /** What was opened there stays open, and is not touched while somebody types. */
  private drawIncidents({ past, nowMs, clusterId }: Look): void {
    const { incidents } = this;
    const isOpen = past.some(({ resolvedMs }) => resolvedMs === null);
    const isBusy = incidents.contains(document.activeElement);
    const drawn = JSON.stringify([past, incidents.clientWidth, isOpen && !isBusy ? Math.floor(nowMs / 5000) : 0]);
    if (drawn === this.drawnPast || incidents.clientWidth === 0) return;
    this.drawnPast = drawn;
    show(
      incidents,
      timelineView(past, nowMs, incidents.clientWidth, (incident) => this.undoOf(incident, clusterId)),
    );
  }

  private undoOf(incident: IncidentView, clusterId: string): HTMLElement | null {
    const known = this.undos.get(incident.id) ?? undoAction(incident, clusterId, this.mayResolve);
    if (known !== null) this.undos.set(incident.id, known);
    return known;
  }

  private lost(): void {
    this.live.classList.add('lost');
    show(this.live, '✕ no answer, trying again: what is shown may be old');
  }

  private toDesk(): void {
    this.deskSection.scrollIntoView();
    void this.desk.plan();
  }

  private async leave(): Promise<void> {
    await signOut();
    window.location.reload();
  }
}
