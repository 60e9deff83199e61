import t from 'tap'
import { isRefusal, isSqsError, reasonOf } from '../../../src/adapters/sqs/sqs-error.ts'

t.test('an error of SQS is recognised by its code, in either protocol', async (t) => {
  const named = (name: string) => Object.assign(new Error('refused'), { name })
  t.ok(isSqsError(named('QueueDoesNotExist'), 'QueueDoesNotExist'))
  t.ok(isSqsError(named('AWS.SimpleQueueService.NonExistentQueue'), 'QueueDoesNotExist'))
  t.ok(isSqsError(named('QueueAlreadyExists'), 'QueueNameExists'))
  t.ok(isSqsError(named('AWS.SimpleQueueService.QueueDeletedRecently'), 'QueueNameExists', 'QueueDeletedRecently'))
  t.notOk(isSqsError(named('AccessDenied'), 'QueueDoesNotExist'))
  t.notOk(isSqsError('QueueDoesNotExist', 'QueueDoesNotExist'))
})

t.test('a refusal is told from an outage', (t) => {
  const failed = (name: string, httpStatusCode?: number) =>
    Object.assign(new Error('failed'), { name, ...(httpStatusCode && { $metadata: { httpStatusCode } }) })
  const table: readonly [error: unknown, isRefused: boolean][] = [
    [failed('QueueDoesNotExist', 400), true],
    [failed('AWS.SimpleQueueService.NonExistentQueue'), true],
    [failed('AccessDenied', 403), true],
    [failed('InvalidParameterValue', 400), true],
    [failed('RequestThrottled', 403), false],
    [failed('ThrottlingException', 400), false],
    [failed('Unknown', 429), false],
    [failed('ServiceUnavailable', 503), false],
    [failed('TimeoutError'), false],
    [Object.assign(new Error('refused'), { code: 'ECONNREFUSED' }), false],
    ['QueueDoesNotExist', false],
  ]
  for (const [error, isRefused] of table) t.equal(isRefusal(error), isRefused, String(error))
  t.end()
})

t.test('the reason of an error is a code or a name, its own or that of its cause', (t) => {
  const named = Object.assign(new Error('no'), { name: 'QueueDeletedRecently' })
  t.equal(reasonOf(named), 'QueueDeletedRecently')
  t.equal(reasonOf(new Error('the queue was deleted', { cause: named })), 'QueueDeletedRecently')
  t.equal(reasonOf(Object.assign(new Error('no'), { code: 'ECONNREFUSED' })), 'ECONNREFUSED')
  t.equal(reasonOf(new Error('no')), 'Error')
  t.equal(reasonOf('no'), 'unknown')
  t.end()
})
