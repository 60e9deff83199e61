import { queryOf, quoted } from './shell.js'

/** @import { Message } from './messages.js' */
/** A client and the lifetime of its token in seconds. @typedef {{ client: string, ttl?: string, scope?: string }} Wanted */

/** A token is a word without special characters, so that it may stand in a header as it is. @param {string} page @param {Wanted} wanted */
export function tokenLine(page, { client, ttl = '', scope = '' }) {
  return `curl -fsS -X POST -H 'Accept: text/plain' ${quoted(`${page}/dev/token?${queryOf({ client, ttl, scope })}`)}`
}

/** @param {string} page @param {Wanted} wanted */
function bearer(page, wanted) {
  return `-H "Authorization: Bearer $(${tokenLine(page, wanted)})"`
}

/**
 * Returns the line that waits for notifications as the page does. A stream goes on until Ctrl-C.
 *
 * @param {string} page @param {{ client: string, ttl: string, transport: string, url: string }} chosen
 */
export function connectionLine(page, { client, ttl, transport, url }) {
  const authorization = bearer(page, { client, ttl })
  const path = `${url}/notifications`
  if (transport === 'long-poll') return `curl -isS ${authorization} ${quoted(`${path}?wait=60`)}`
  if (transport === 'sse') return `curl -NsS ${authorization} -H 'Accept: text/event-stream' ${quoted(path)}`
  const ticket = `$(curl -fsS -X POST ${authorization} ${quoted(`${url}/tickets`)} | sed 's/.*"ticket":"\\([^"]*\\)".*/\\1/')`
  if (transport === 'event-source')
    return `curl -NsS -H 'Accept: text/event-stream' ${quoted(`${path}?ticket=`)}"${ticket}"`
  const upgrade = [
    'Connection: Upgrade',
    'Upgrade: websocket',
    'Sec-WebSocket-Version: 13',
    'Sec-WebSocket-Protocol: notifications.v1',
    // Any 16 bytes in base64.
    'Sec-WebSocket-Key: bm90aWZpY2F0aW9ucyEhIQ==',
  ].map((header) => `-H ${quoted(header)}`)
  return `curl -iNsS --http1.1 -o - ${upgrade.join(' ')} ${quoted(`${path}?ticket=`)}"${ticket}"`
}

/**
 * @param {string} page
 * @param {{ url: string, waiting?: string, addressee: string, subject: string, body: string, ttlSeconds?: number }} publication
 */
export function publishLine(page, { url, waiting = '0', ...publication }) {
  const authorization = bearer(page, { client: 'shop', scope: 'notifications:publish' })
  const wait = waiting === '0' ? '' : ` -H ${quoted(`Prefer: wait=${waiting}`)}`
  return `curl -sS ${authorization}${wait} ${posted('application/json', JSON.stringify(publication))} ${quoted(`${url}/notifications`)}`
}

/** @param {string} page @param {{ url: string, client: string, registration: string }} wanted */
export function registerLine(page, { url, client, registration }) {
  return `curl -sS ${bearer(page, { client })} ${posted('application/json', registration)} ${quoted(`${url}/registrations`)}`
}

/** @param {{ url: string, type: string, body: string }} call */
export function callbackLine({ url, type, body }) {
  return `curl -sS ${posted(type, body)} ${quoted(url)}`
}

/** `--data-raw` sends text that begins with `@` as it is. @param {string} type @param {string} body */
function posted(type, body) {
  return `-H ${quoted(`Content-Type: ${type}`)} --data-raw ${quoted(body)}`
}

/** Matches text that the AWS CLI would replace by the file, or by the page, that it names. */
const readByCli = /^(?:file|fileb|https?):\/\//

/**
 * Returns the line that sends the message by the AWS CLI. The local SQS takes any credentials, but insists on some.
 *
 * @param {{ endpoint: string, region: string, intakeQueueUrl: string }} sqs @param {Message} message
 */
export function messageLine({ endpoint, region, intakeQueueUrl }, { body, attributes }) {
  const MessageAttributes = Object.fromEntries(
    Object.entries(attributes).map(([name, value]) => [name, { DataType: 'String', StringValue: value }]),
  )
  return [
    'AWS_ACCESS_KEY_ID=local AWS_SECRET_ACCESS_KEY=local aws sqs send-message',
    `--endpoint-url ${quoted(endpoint)} --region ${quoted(region)} --queue-url ${quoted(intakeQueueUrl)}`,
    readByCli.test(body)
      ? `--cli-input-json ${quoted(JSON.stringify({ MessageBody: body }))}`
      : `--message-body ${quoted(body)}`,
    ...(Object.keys(attributes).length === 0
      ? []
      : [`--message-attributes ${quoted(JSON.stringify(MessageAttributes))}`]),
  ].join(' ')
}
