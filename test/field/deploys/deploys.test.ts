import t from 'tap'
import { haproxyIsMissing, startHaproxy } from '../../support/haproxy.ts'
import { nginxIsMissing, startNginx } from '../../support/nginx.ts'
import { rollingRestarts } from './rolling.ts'

// A busy machine needs more than the usual four minutes.
t.setTimeout(600_000)
const plan = { calmMs: 5_000, restarts: 2, kills: 1 }

t.test(
  'two restarts behind nginx delay, double and hide nothing, and a kill loses nothing',
  {
    skip: nginxIsMissing,
  },
  (t) => rollingRestarts(t, startNginx, plan),
)

t.test(
  'two restarts behind HAProxy delay, double and hide nothing, and a kill loses nothing',
  {
    skip: haproxyIsMissing,
  },
  (t) => rollingRestarts(t, startHaproxy, plan),
)
