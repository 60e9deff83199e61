import t from 'tap'
import { haproxyIsMissing, startHaproxy } from '../../support/haproxy.ts'
import { nginxIsMissing, startNginx } from '../../support/nginx.ts'
import { rollingRestarts } from './rolling.ts'

// Each restart takes up to half a minute.
t.setTimeout(1_800_000)
const plan = { calmMs: 10_000, restarts: 10, kills: 2 }

t.test(
  'ten restarts in a row behind nginx delay, double and hide nothing',
  {
    skip: nginxIsMissing,
  },
  (t) => rollingRestarts(t, startNginx, plan),
)

t.test(
  'ten restarts in a row behind HAProxy delay, double and hide nothing',
  {
    skip: haproxyIsMissing,
  },
  (t) => rollingRestarts(t, startHaproxy, plan),
)
