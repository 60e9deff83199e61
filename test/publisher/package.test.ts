import { execFile } from 'node:child_process'
import { promisify } from 'node:util'
import t from 'tap'
import { isClientId } from '../../src/delivery/notification.ts'
import { clientQueueName } from '../../src/publisher/publisher.js'

const run = promisify(execFile)
const root = new URL('../../', import.meta.url).pathname
const tsc = `${root}node_modules/typescript/bin/tsc`

t.test('the module accepts the client ids that the service accepts', async (t) => {
  for (const text of ['', 'a', 'x'.repeat(512), 'x'.repeat(513), 'a\u0085', '😀', '\ud83d']) {
    if (isClientId(text)) t.match(clientQueueName('clients', text), /^clients-/)
    else t.throws(() => clientQueueName('clients', text), TypeError)
  }
})
