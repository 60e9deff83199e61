import t from 'tap'
import { ConfigError, readConfig } from '../../../src/config.ts'

const read = (SQS_USER_QUEUE_BASE_URL: string) =>
  readConfig({ COGNITO_JWK_URL: 'http://issuer/keys', NOTIFICATION_SERVICE_MODE: '2', SQS_USER_QUEUE_BASE_URL })

t.test('a base URL ends in what the queue names begin with', async (t) => {
  for (const url of [
    'https://sqs.eu-west-1.amazonaws.com/123456789012/notifications',
    'http://localhost:9324/queue/a_B-9',
    `https://sqs.eu-west-1.amazonaws.com/123456789012/${'n'.repeat(34)}`,
  ]) {
    t.equal(read(url).SQS_USER_QUEUE_BASE_URL, url)
    t.equal(read(`${url}/`).SQS_USER_QUEUE_BASE_URL, url)
  }
})

t.test('one that leaves no room for a client id, or could lead elsewhere, stops the start', async (t) => {
  for (const url of [
    'https://sqs.eu-west-1.amazonaws.com',
    `https://sqs.eu-west-1.amazonaws.com/123456789012/${'n'.repeat(35)}`,
    'https://sqs.eu-west-1.amazonaws.com/123456789012/a.fifo',
    'https://sqs.eu-west-1.amazonaws.com/123456789012/a?b',
    'https://sqs.eu-west-1.amazonaws.com/123456789012/a?b=/c',
    'https://sqs.eu-west-1.amazonaws.com/123456789012/#/a',
    '',
  ]) {
    t.throws(() => read(url), ConfigError, url)
  }
})
