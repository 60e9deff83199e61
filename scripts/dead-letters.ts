/**
 * `npm run dead-letters -- list | show | redrive | forward`: looks through the dead-letter queue of the settings in the
 * environment. Without such settings it is that of the local stack, if one runs in this checkout.
 */
import { existsSync } from 'node:fs'
import { deadLetters } from '../src/dead-letters/main.ts'
import { receiptQueueName } from './stack/receipt-queue.ts'
import { runningStack } from './stack/running.ts'
import { credentials, giveBackSeconds } from './stack/settings.ts'

// As `npm start` does, and without a word where there is no such file: the output is for programs, too.
if (existsSync('.env')) process.loadEnvFile('.env')
const args = process.argv.slice(2)
const ofService = ['SQS_DLQ_ARN', 'SQS_QUEUE_NAME_PREFIX', 'SQS_USER_QUEUE_BASE_URL']
const isConfigured = args.includes('--queue') || ofService.some((name) => process.env[name])
const stack = isConfigured ? null : runningStack()
if (stack !== null) {
  // The SDK reads its settings from the environment of the process.
  Object.assign(process.env, {
    AWS_ENDPOINT_URL_SQS: stack.sqsEndpoint,
    AWS_REGION: stack.region,
    AWS_ACCESS_KEY_ID: credentials.accessKeyId,
    AWS_SECRET_ACCESS_KEY: credentials.secretAccessKey,
    SQS_GIVE_BACK_SECONDS: giveBackSeconds,
    RECEIPT_QUEUES: `${receiptQueueName}=${stack.receiptQueueUrl}`,
  })
  args.push('--queue', stack.deadLetterQueueUrl)
  if (args[0] === 'redrive' && !args.includes('--to')) args.push('--to', stack.intakeQueueUrl)
}
process.exitCode = await deadLetters(args, process.env)
