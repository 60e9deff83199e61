import { backOffMs } from '../clock.ts'
import type { WakeUpEnd } from '../postgres/wake-ups.ts'
import type { Answer } from './post.ts'

const minAfterSeconds = 30
/** The longest wait, whatever a push service asks for: then it may be well again. */
const maxAfterSeconds = 3_600
/** The failures in a row after which a device is left alone until something else is stored for its client. */
const maxFailures = 8

interface Judging {
  /** Failures in a row before this one. */
  readonly failures: number
  /** Statuses by which a receiver says that the device is gone for good. */
  readonly gone: readonly number[]
  /** Time since the epoch, in ms. */
  readonly now: number
  readonly random: () => number
}

/** Returns what an answer means for the device: whether it was told, and whether and when it is told again. */
export function endOf(answer: Answer, { failures, gone, now, random }: Judging): WakeUpEnd {
  if (answer.kind === 'not-public') return { kind: 'refused' }
  // Nothing was heard of this device, and many of its host are put off together: they come back one after the other.
  if (answer.kind === 'put-off') {
    return { kind: 'put-off', afterSeconds: Math.ceil(minAfterSeconds * (1 + random())) }
  }
  if (answer.kind === 'answered') {
    const { status } = answer
    if (status >= 200 && status < 300) return { kind: 'told' }
    if (gone.includes(status)) return { kind: 'gone' }
    if (status !== 408 && status !== 429 && status < 500) return { kind: 'refused' }
  }
  if (failures >= maxFailures) return { kind: 'refused' }
  const asked = answer.kind === 'answered' ? secondsOf(answer.retryAfter, now) : null
  const seconds = asked ?? backOffMs(failures, minAfterSeconds * 1000, maxAfterSeconds * 1000, random) / 1000
  return { kind: 'later', afterSeconds: Math.min(Math.max(Math.ceil(seconds), minAfterSeconds), maxAfterSeconds) }
}

/** Returns the seconds that `Retry-After` asks for: a number, or a time; null for neither. */
function secondsOf(retryAfter: string | null, now: number): number | null {
  if (retryAfter === null) return null
  if (/^\d+$/.test(retryAfter)) return Number(retryAfter)
  const time = Date.parse(retryAfter)
  return Number.isNaN(time) ? null : (time - now) / 1000
}
