import t from 'tap'
import { nginxIsMissing, startNginx } from '../../support/nginx.ts'
import { rollingRestarts } from './rolling.ts'

// Each restart takes up to half a minute.
t.setTimeout(600_000)

t.test(
  'two restarts behind nginx delay, double and hide nothing, and a kill loses nothing',
  { skip: nginxIsMissing },
  (t) => rollingRestarts(t, startNginx, { calmMs: 5_000, restarts: 2, kills: 1 }),
)
