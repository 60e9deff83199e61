/**
 * An SQS API and an issuer of tokens at fixed ports of loopback, for the first try of docs/deployment/compose.yaml. Everybody
 * on this machine gets a token for any client: `curl http://127.0.0.1:9000/token?sub=alice`. Ends by a signal.
 */
import { keySetOf, mintToken, serveKeys } from './issuer.ts'
import { signingKey } from './signing-key.ts'
import { startSqs } from './sqs.ts'

const wanted = { sqs: Number(process.env.STAND_IN_SQS_PORT), issuer: Number(process.env.STAND_IN_ISSUER_PORT) }

const key = signingKey()
const sqs = await startSqs({ dataDir: null, wanted: [wanted.sqs], maxReceiveSeconds: 20 })
const issuer = await serveKeys([wanted.issuer], (request, response) => {
  const { pathname, searchParams } = new URL(request.url ?? '/', 'http://issuer')
  if (pathname === '/token') {
    const scope = searchParams.get('scope')
    const token = mintToken(key, searchParams.get('sub') ?? '', {
      aud: 'notifications',
      ...(scope !== null && { scope }),
    })
    response.writeHead(200, { 'content-type': 'text/plain' }).end(`${token}\n`)
  } else {
    response.writeHead(200, { 'content-type': 'application/json' }).end(keySetOf([key]))
  }
})
if (sqs.port !== wanted.sqs || issuer.port !== wanted.issuer) {
  console.error(`a port is taken: ${wanted.sqs} or ${wanted.issuer}`)
  process.exit(1)
}
console.log(JSON.stringify({ sqs: sqs.endpoint, issuer: issuer.keysUrl }))

for (const signal of ['SIGTERM', 'SIGINT'] as const) process.on(signal, () => process.exit(0))
