import t from 'tap'
import { isSqsError } from '../../../src/adapters/sqs/sqs-error.ts'

t.test('an error of SQS is recognised by its code, in either protocol', async (t) => {
  const named = (name: string) => Object.assign(new Error('refused'), { name })
  t.ok(isSqsError(named('QueueDoesNotExist'), 'QueueDoesNotExist'))
  t.ok(isSqsError(named('AWS.SimpleQueueService.NonExistentQueue'), 'QueueDoesNotExist'))
  t.ok(isSqsError(named('QueueAlreadyExists'), 'QueueNameExists'))
  t.ok(isSqsError(named('AWS.SimpleQueueService.QueueDeletedRecently'), 'QueueNameExists', 'QueueDeletedRecently'))
  t.notOk(isSqsError(named('AccessDenied'), 'QueueDoesNotExist'))
  t.notOk(isSqsError('QueueDoesNotExist', 'QueueDoesNotExist'))
})
