import t from 'tap'
import { isClientId } from '../../src/delivery/notification.ts'
import { clientQueueName } from '../../src/publisher/publisher.js'

t.test('the module accepts the client ids that the service accepts', async (t) => {
  for (const text of ['', 'a', 'x'.repeat(512), 'x'.repeat(513), 'a\u0085', '😀', '\ud83d']) {
    if (isClientId(text)) t.match(clientQueueName('clients', text), /^clients-/)
    else t.throws(() => clientQueueName('clients', text), TypeError)
  }
})
