import t from 'tap'
import { nginxIsMissing, startNginx } from '../../support/nginx.ts'
import { rollingRestarts } from './rolling.ts'

// A restart takes up to half a minute.
t.setTimeout(600_000)

t.test('a restart behind nginx delays, doubles and hides nothing', { skip: nginxIsMissing }, (t) =>
  rollingRestarts(t, startNginx, { calmMs: 2_000, restarts: 1, kills: 0 }),
)
