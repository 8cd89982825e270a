import { Counter, collectDefaultMetrics, Gauge, Histogram, Registry } from 'prom-client';
import { partCount } from '../../../core/store/store-digest.js';
import type { DiskWatch } from '../../../engines/embedded/watched-disk.js';
import type { HttpHost } from '../../../fronts/http/http-front.js';
import type { Node } from '../../../node/node.js';
import { engineView } from '../verbs/engine.js';
import { replica } from '../verbs/replica.js';
import { status } from '../verbs/status.js';
import { FAMILIES, type Family, type Figures } from './families.js';

/** Seconds. From what a disk with a cache takes to what counts as hanging. */
const DISK_BUCKETS = [0.0001, 0.00025, 0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5];
/** Whoever asks again within this gets the same text. */
const FRESH_MS = 100;

/** What every metric of prom-client has, and its types do not say. */
interface Described {
  readonly name: string;
  readonly type: string;
  readonly labelNames: readonly string[];
  readonly help: string;
}

/** The figures of one node for Prometheus; those of its process under the names that prom-client has for them. */
export class Metrics {
  readonly disk: DiskWatch;
  private readonly registry = new Registry();
  private figures: Figures | null = null;
  private latest: { readonly atMs: number; readonly text: Promise<string> } | null = null;

  constructor() {
    const registers = [this.registry];
    collectDefaultMetrics({ register: this.registry });
    for (const family of FAMILIES) this.register(family);
    const wrote = histogram('mneme_journal_write_seconds', 'How long writes to the journal took.', registers);
    const synced = histogram('mneme_journal_fsync_seconds', 'How long fdatasync took.', registers);
    const help = 'Bytes written to the journal.';
    const bytes = new Counter({ name: 'mneme_journal_written_bytes_total', help, registers });
    this.disk = {
      wrote: (seconds, count) => {
        wrote.observe(seconds);
        bytes.inc(count);
      },
      synced: (seconds) => synced.observe(seconds),
    };
  }

  /** What there is to ask for, without the figures. */
  get described(): readonly { name: string; type: string; labels: readonly string[]; help: string }[] {
    const metrics = this.registry.getMetricsAsArray() as unknown as readonly Described[];
    return metrics.map(({ name, type, labelNames, help }) => ({ name, type, labels: labelNames, help }));
  }

  /** What the HTTP port says of the node. */
  hostOf(node: Node): HttpHost {
    return {
      metrics: async () => ({ type: this.registry.contentType, text: await this.text(node) }),
      readiness: () => ({ isReady: node.core.state === 'serving', text: node.core.state }),
    };
  }

  private text(node: Node): Promise<string> {
    const atMs = performance.now();
    if (this.latest !== null && atMs - this.latest.atMs < FRESH_MS) return this.latest.text;
    this.figures = {
      ...{ status: status(node), replica: replica(node), engine: engineView(node) },
      ...{ traffic: node.traffic(), publications: node.publications.counts },
      parts: partCount(node.core.status.data.store),
    };
    this.latest = { atMs, text: this.registry.metrics() };
    return this.latest.text;
  }

  private register({ name, type, help, labels = [], read }: Family): void {
    const figures = () => this.figures;
    const options = { name, help, labelNames: labels, registers: [this.registry] };
    const samplesOf = () => {
      const now = figures();
      return now === null ? [] : read(now);
    };
    const named = (values: readonly string[]) => Object.fromEntries(labels.map((label, i) => [label, values[i] ?? '']));
    if (type === 'gauge')
      new Gauge({
        ...options,
        collect() {
          this.reset();
          for (const [value, ...values] of samplesOf()) this.set(named(values), value);
        },
      });
    else
      new Counter({
        ...options,
        // The node has counted: the counter starts anew each time that it is read.
        collect() {
          this.reset();
          for (const [value, ...values] of samplesOf()) this.inc(named(values), value);
        },
      });
  }
}

function histogram(name: string, help: string, registers: Registry[]): Histogram {
  return new Histogram({ name, help, buckets: DISK_BUCKETS, registers });
}
