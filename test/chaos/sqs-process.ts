/** The SQS API in a process of its own, which can be stopped in its tracks. Ends with the process that started it. */
import { startSqs } from '../../scripts/stack/sqs.ts'

const { endpoint, port, region, deadLetterQueueUrl, deadLetterQueueArn, clientQueueBaseUrl } = await startSqs(null, [])
process.on('disconnect', () => process.exit(0))
process.send?.({ endpoint, port, region, deadLetterQueueUrl, deadLetterQueueArn, clientQueueBaseUrl })
