import t from 'tap'
import { clientCases } from './cases/all.ts'
import { playClient } from './play-client.ts'

// Three times as long as a busy machine takes.
t.setTimeout(480_000)

t.test('the JavaScript client meets every requirement in Node, with polls and with streams', (t) =>
  playClient(t, { cases: clientCases, command: `"${process.execPath}" test/conformance/drivers/javascript.js` }),
)
