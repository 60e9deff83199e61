import t from 'tap'
import { haproxyIsMissing, startHaproxy } from '../../support/haproxy.ts'
import { nginxIsMissing, startNginx } from '../../support/nginx.ts'
import { rollingRestarts } from './rolling.ts'

// Each restart takes up to half a minute.
t.setTimeout(1_800_000)

/**
 * `RESTARTS=10 npm test -- test/field/deploys/deploys.long.ts` plays ten in a row behind both, for a machine that does
 * nothing else: on a busy machine the checks of what was late have nothing to say.
 */
const restarts = Number(process.env.RESTARTS ?? 2)
const plan = { calmMs: 5_000, restarts, kills: 1 }

t.test(
  `${restarts} restarts in a row behind HAProxy delay, double and hide nothing, and a kill loses nothing`,
  { skip: haproxyIsMissing },
  (t) => rollingRestarts(t, startHaproxy, plan),
)

t.test(
  `${restarts} restarts in a row behind nginx delay, double and hide nothing, and a kill loses nothing`,
  { skip: nginxIsMissing },
  (t) => rollingRestarts(t, startNginx, plan),
)
