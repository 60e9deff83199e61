import t from 'tap'
import { readStackFile } from '../../scripts/stack/stack-file.ts'
import { temporaryFolder } from '../support/temporary-folder.ts'
import { startScript } from './started-script.ts'

t.test('the commands that npm run dev suggests work, and Ctrl-C stops it in order', async (t) => {
  const folder = await temporaryFolder(t)
  const dev = startScript(t, folder, 'dev')
  t.equal(await Promise.race([dev.isUp, dev.exited]), 'up', dev.written.stderr)
  const url = readStackFile(folder)?.serviceUrl ?? ''
  t.match(dev.written.stdout, url)

  const [first, second] = readStackFile(folder)?.ports.services ?? []
  const pageUrl = `http://127.0.0.1:${readStackFile(folder)?.ports.page}/`
  t.match(dev.written.stdout, `Page     ${pageUrl}`)
  const page = await fetch(`http://127.0.0.1:${first}/?client=alice`)
  t.equal(page.url, `${pageUrl}?client=alice`)
  t.equal(page.status, 200)
  t.match(page.headers.get('content-type'), 'text/html')
  // Only the first instance leads to the page; the others run like npm start.
  t.equal((await fetch(`http://127.0.0.1:${second}/`)).status, 404)

  const token = startScript(t, folder, 'token', 'alice')
  t.same(await token.exited, [0, null])
  const early = startScript(t, folder, 'notify', 'bob', 'for later')
  t.same(await early.exited, [0, null])
  t.match(early.written.stdout, /^Sent 9 bytes to .*\/notifications-intake as message /)
  t.match(dev.written.stdout, /^Intake {3}.*\/notifications-intake /m)

  const authorization = `Bearer ${token.written.stdout.trim()}`
  t.match(dev.written.stdout, /export TOKEN=ey/)
  const held = fetch(`${url}/notifications?wait=30`, { headers: { authorization } })
  const sent = startScript(t, folder, 'notify', 'alice', '{"order":42}', '--id', 'order-42')
  t.same(await sent.exited, [0, null])
  const answer = await held
  t.equal(answer.status, 200)
  t.match(await answer.json(), {
    notifications: [{ id: 'order-42', body: '{"order":42}', contentType: 'application/json' }],
  })

  const polling = fetch(`${url}/notifications?wait=30`, { headers: { authorization } })
  const waited = startScript(t, folder, 'notify', 'alice', 'hi', '--wait', '30', '--receipt-to', 'receipts')
  t.same(await waited.exited, [0, null])
  t.match(waited.written.stdout, /^Published 2 bytes as \S+: acknowledged\.$/m)
  t.equal((await polling).status, 200)
  const past = ['--expires-at', '2020-01-01T00:00:00Z', '--wait', '1']
  const unread = startScript(t, folder, 'notify', 'alice', 'hi', ...past)
  t.same(await unread.exited, [1, null])
  t.match(unread.written.stdout, /^Published 2 bytes as \S+: \w+, and not acknowledged within 1 s\.$/m)
  const refused = startScript(t, folder, 'notify', 'alice', 'hi', '--wait', '1', '--receipt-to', 'other')
  t.same(await refused.exited, [1, null])
  t.match(refused.written.stderr, /^Not sent: .*RECEIPT_QUEUES/)

  const again = startScript(t, folder, 'dev')
  t.same(await again.exited, [1, null])
  t.equal(again.written.stderr, `npm run dev already runs in this checkout: ${url}.\n`)

  // Twice, because the terminal and npm both send the signal.
  dev.child.kill('SIGINT')
  dev.child.kill('SIGINT')
  t.same(await dev.exited, [0, null])
  t.match(dev.written.stdout, 'Stopped.')
})
