import t from 'tap'
import { mayConnect } from '../../src/http/cors.ts'

t.test('a page of the service itself may open a WebSocket, as PUBLIC_URL or else Host tells it', async (t) => {
  const table: readonly [publicUrl: string | null, origin: string, host: string | undefined, may: boolean][] = [
    // PUBLIC_URL tells, whatever a proxy makes of Host.
    ['https://app.example', 'https://app.example', '10.0.0.7:8080', true],
    ['https://app.example', 'https://app.example', 'app.example:443', true],
    ['https://app.example', 'https://app.example', 'APP.example', true],
    ['https://app.example', 'https://app.example', undefined, true],
    ['https://app.example:443', 'https://app.example', 'app.example', true],
    ['https://App.Example', 'https://app.example', 'app.example', true],
    ['https://app.example/notify', 'https://app.example', 'app.example', true],
    ['http://app.example:80', 'http://app.example', 'internal', true],
    ['https://app.example:8443', 'https://app.example:8443', 'internal', true],
    ['https://bücher.example', 'https://xn--bcher-kva.example', 'internal', true],
    ['https://[2001:DB8::1]:8443', 'https://[2001:db8::1]:8443', 'internal', true],
    ['https://app.example', 'http://app.example', 'app.example', false],
    ['https://app.example', 'https://app.example:8443', 'app.example', false],
    ['https://app.example', 'https://app.example.evil.example', 'app.example', false],
    ['https://app.example', 'https://evil.example', 'evil.example', false],
    // Without it, Host does.
    [null, 'https://app.example', 'app.example', true],
    [null, 'https://app.example', 'app.example:443', true],
    [null, 'http://app.example', 'app.example:80', true],
    [null, 'https://app.example', 'App.Example', true],
    [null, 'http://localhost:8080', 'localhost:8080', true],
    [null, 'http://[::1]:8080', '[::1]:8080', true],
    [null, 'https://app.example', 'app.example:80', false],
    [null, 'https://app.example', 'app.example:8443', false],
    [null, 'https://app.example', 'other.example', false],
    [null, 'https://app.example', '', false],
    [null, 'https://app.example', undefined, false],
    [null, 'https://app.example', 'app.example/x', false],
    [null, 'https://app.example', 'x@app.example', false],
    [null, 'https://app.example', 'not a host', false],
    // Sandboxed frames and files.
    [null, 'null', 'app.example', false],
    ['https://app.example', 'null', 'app.example', false],
    ['https://app.example', '', 'app.example', false],
  ]
  for (const [publicUrl, origin, host, may] of table) {
    t.equal(mayConnect({ origins: [], publicUrl }, origin, host), may, `${publicUrl}, ${origin}, ${host}`)
  }
})

t.test('a program that is no browser may open a WebSocket, and so may a page of an allowed origin', async (t) => {
  const publicUrl = 'https://app.example'
  t.ok(mayConnect({ origins: [], publicUrl }, undefined, 'app.example'))
  t.ok(mayConnect({ origins: ['https://page.example'], publicUrl }, 'https://page.example', 'app.example'))
  t.ok(mayConnect({ origins: ['*'], publicUrl }, 'https://anybody.example', 'app.example'))
  t.notOk(mayConnect({ origins: ['https://page.example'], publicUrl }, 'https://page.example:444', 'app.example'))
})
