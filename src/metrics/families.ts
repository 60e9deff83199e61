import {
  Counter,
  Gauge,
  Histogram,
  type MetricObjectWithValues,
  type MetricValueWithName,
  type Registry,
} from 'prom-client'
import type { Buckets } from '../adapters/buckets.ts'

type Labels = Readonly<Record<string, string | number>>

/** A value with the labels that tell it from the others of its metric. */
export type Sample = readonly [labels: Labels, value: number]

/** A metric without labels: its name without the prefix of the service, and what it says. */
interface Family {
  readonly name: string
  readonly help: string
}

/** A metric with labels. */
interface LabelledFamily extends Family {
  readonly labels: readonly string[]
}

const prefix = 'notifications_'

/**
 * The metrics of the service. Totals are kept by the parts that they are about, as plain numbers; each reading of the
 * metrics asks for them anew, so that what is counted costs an addition, and nothing more.
 */
export class Families {
  readonly #register: Registry

  constructor(register: Registry) {
    this.#register = register
  }

  /** A value that goes up and down. There is no sample while `read` returns null. */
  gauge({ name, help }: Family, read: () => number | null): void {
    this.gauges({ name, help, labels: [] }, () => {
      const value = read()
      return value === null ? [] : [[{}, value]]
    })
  }

  /** Values that go up and down. */
  gauges({ name, help, labels }: LabelledFamily, read: () => Iterable<Sample>): void {
    new Gauge({
      name: prefix + name,
      help,
      labelNames: labels,
      registers: [this.#register],
      collect() {
        this.reset()
        for (const [labels, value] of read()) this.set(labels, value)
      },
    })
  }

  /** A total since the start; its name gets the suffix `_total`. */
  counter({ name, help }: Family, read: () => number): void {
    this.counters({ name, help, labels: [] }, () => [[{}, read()]])
  }

  /** Totals since the start; their name gets the suffix `_total`. */
  counters({ name, help, labels }: LabelledFamily, read: () => Iterable<Sample>): void {
    new Counter({
      name: `${prefix}${name}_total`,
      help,
      labelNames: labels,
      registers: [this.#register],
      collect() {
        // A counter can only be increased, so each reading replaces the last one.
        this.reset()
        for (const [labels, value] of read()) this.inc(labels, value)
      },
    })
  }

  /** Values by their size, each set of labels with buckets of its own. */
  histograms({ name, help, labels }: LabelledFamily, read: () => Iterable<readonly [Labels, Buckets]>): void {
    const family = new ReadHistogram({ name: prefix + name, help, labelNames: labels, registers: [] }, read)
    this.#register.registerMetric(family)
  }
}

type HistogramOptions = ConstructorParameters<typeof Histogram<string>>[0]

/** A histogram whose values are counted elsewhere. */
class ReadHistogram extends Histogram<string> {
  readonly #of: Pick<HistogramOptions, 'name' | 'help'>
  readonly #read: () => Iterable<readonly [Labels, Buckets]>

  constructor(options: HistogramOptions, read: () => Iterable<readonly [Labels, Buckets]>) {
    super(options)
    this.#of = options
    this.#read = read
  }

  override async get(): Promise<MetricObjectWithValues<MetricValueWithName<string>>> {
    const { name, help } = this.#of
    const values: MetricValueWithName<string>[] = []
    for (const [labels, buckets] of this.#read()) {
      const counts = buckets.cumulative()
      for (const [i, value] of counts.entries()) {
        values.push({ metricName: `${name}_bucket`, labels: { ...labels, le: buckets.bounds[i] ?? '+Inf' }, value })
      }
      values.push({ metricName: `${name}_sum`, labels, value: buckets.sum })
      values.push({ metricName: `${name}_count`, labels, value: counts.at(-1) ?? 0 })
    }
    return { name, help, values, type: 'histogram', aggregator: 'sum' } as never
  }

  /** The registry asks for this form when it writes text. */
  getForPromString() {
    return this.get()
  }
}
