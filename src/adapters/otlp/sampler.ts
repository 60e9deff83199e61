/** The values of `OTEL_TRACES_SAMPLER`. */
export type SamplerName =
  | 'always_on'
  | 'always_off'
  | 'traceidratio'
  | 'parentbased_always_on'
  | 'parentbased_always_off'
  | 'parentbased_traceidratio'

interface Candidate {
  /** The part of traces that a sampler with a ratio keeps, from 0 to 1. */
  readonly ratio: number
  readonly traceId: string
  /** Whether the parent is sampled; null without a parent. */
  readonly parentSampled: boolean | null
}

/** The last 56 bits of a trace id are random (W3C Trace Context, level 2). A number holds 52 of them exactly. */
const randomDigits = 13

/** Returns whether a span is kept. Of one trace, all instances keep all spans or none. */
export function isSampled(name: SamplerName, { ratio, traceId, parentSampled }: Candidate): boolean {
  switch (name) {
    case 'always_on':
      return true
    case 'always_off':
      return false
    case 'traceidratio':
      return Number.parseInt(traceId.slice(-randomDigits), 16) >= (1 - ratio) * 16 ** randomDigits
    case 'parentbased_always_on':
    case 'parentbased_always_off':
    case 'parentbased_traceidratio':
      return parentSampled ?? isSampled(rootOf[name], { ratio, traceId, parentSampled })
    default:
      return name satisfies never
  }
}

/** The samplers of traces that begin here. */
const rootOf = {
  parentbased_always_on: 'always_on',
  parentbased_always_off: 'always_off',
  parentbased_traceidratio: 'traceidratio',
} as const
