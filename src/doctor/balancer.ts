import type { Config } from '../config.ts'
import { type Finding, notesOf } from './finding.ts'

const { ok, warn, fail } = notesOf('balancer')
/** The balancer's clock and ours start at different packets. */
const marginSeconds = 5

type Timing = Pick<Config, 'KEEP_ALIVE_SECONDS' | 'MAX_TIMEOUT_SECONDS' | 'DEFAULT_WAIT_SECONDS'>

/** Compares the times of the settings with the idle time of the balancer in front, in seconds; null when it was not given. */
export function examineBalancer(config: Timing, idleSeconds: number | null): Finding[] {
  const { KEEP_ALIVE_SECONDS: keepAlive, MAX_TIMEOUT_SECONDS: maxWait, DEFAULT_WAIT_SECONDS: defaultWait } = config
  if (idleSeconds === null) {
    return [warn('its idle time is not known', 'give it with --balancer-idle-seconds N, so that it can be compared')]
  }
  const findings: Finding[] = []
  const kept = `idle connections are kept ${keepAlive} s by the service and ${idleSeconds} s by the balancer`
  findings.push(
    keepAlive < idleSeconds + marginSeconds
      ? fail(
          `${kept}: the balancer sends requests into connections that were just closed, and clients get 502`,
          `set KEEP_ALIVE_SECONDS=${idleSeconds + 15}`,
        )
      : ok(kept),
  )
  const held = `polls are held up to ${maxWait} s, and ${defaultWait} s by default`
  const cut = `${held}: after ${idleSeconds} s the balancer answers 504 instead`
  const advice = `set the balancer's time-out above ${maxWait} s, or MAX_TIMEOUT_SECONDS=${Math.max(1, idleSeconds - marginSeconds)}`
  if (defaultWait >= idleSeconds) findings.push(fail(cut, advice))
  else findings.push(maxWait >= idleSeconds ? warn(cut, advice) : ok(held))
  return findings
}
