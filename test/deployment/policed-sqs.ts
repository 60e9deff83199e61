import type { Test } from 'tap'
import { httpFaultProxy } from '../support/fault-proxy.ts'
import { account, region, type Statement } from './terraform.ts'

/** An SQS API that refuses each call that the policy does not allow. */
export interface PolicedSqs {
  readonly endpoint: string
  /** The calls that were refused, as action and queue. */
  readonly refused: ReadonlySet<string>
  /** The statements that allowed a call, each with the action. */
  readonly used: ReadonlySet<string>
}

/** Returns the action of a call as policies name it: several messages at once need the right for a single one. */
export function actionOf(operation: string): string {
  return `sqs:${operation.replace(/Batch$/, '')}`
}

/** Starts the guard in front of an SQS API that allows everything. It stands in for IAM, which no emulator has. */
export async function policedSqs(
  t: Pick<Test, 'teardown'>,
  sqs: { readonly port: number },
  statements: readonly Statement[],
): Promise<PolicedSqs> {
  const refused = new Set<string>()
  const used = new Set<string>()
  const proxy = await httpFaultProxy({
    targetPort: () => sqs.port,
    refuse: 'answer',
    judge({ name, body }) {
      const { QueueUrl, QueueName } = JSON.parse(body) as { QueueUrl?: string; QueueName?: string }
      const queue = QueueName ?? QueueUrl?.replace(/^.*\//, '') ?? ''
      const action = actionOf(name)
      const arn = `arn:aws:sqs:${region}:${account}:${queue}`
      const allowing = statements.find(
        ({ actions, resources }) => actions.includes(action) && resources.some((pattern) => matches(pattern, arn)),
      )
      if (allowing === undefined) {
        refused.add(`${action} ${queue}`)
        return 'error'
      }
      used.add(`${allowing.sid} ${action}`)
      return null
    },
  })
  t.teardown(() => proxy.close())
  return { endpoint: `http://127.0.0.1:${proxy.port}`, refused, used }
}

/** Whether an ARN is one that a pattern of IAM names: `*` stands for any characters. */
function matches(pattern: string, arn: string): boolean {
  const parts = pattern.split('*').map((part) => part.replaceAll(/[^\w]/g, '\\$&'))
  return new RegExp(`^${parts.join('.*')}$`).test(arn)
}
