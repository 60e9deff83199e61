import { globSync, readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import t, { type Test } from 'tap'
import { until } from '../../scripts/stack/until.ts'
import { sqsClients } from '../../src/adapters/sqs/client.ts'
import { createInstanceQueue } from '../../src/adapters/sqs/queue.ts'
import { startClientQueueWorld } from '../support/client-queue-world.ts'
import { startInstanceQueueWorld } from '../support/instance-queue-world.ts'
import { actionOf, policedSqs } from './policed-sqs.ts'
import { queueName, readTerraform, type Statement, statementsOf, written } from './terraform.ts'

const terraform = await readTerraform()
const name = (local: string) => written(terraform, `\${local.${local}}`)
type AnyWorld = Awaited<ReturnType<typeof startInstanceQueueWorld>> | Awaited<ReturnType<typeof startClientQueueWorld>>

/** The world of a mode with the queues of the files, and the settings of instances that have only the rights of the files. */
async function withRights(t: Test, world: AnyWorld, policy: string) {
  const statements = statementsOf(terraform, policy)
  const guard = await policedSqs(t, world.sqs, statements)
  const deadLetters = await world.sqs.createQueue(queueName(terraform, 'dead_letters'))
  const intake = await world.sqs.createQueue(queueName(terraform, 'intake'), {
    RedrivePolicy: JSON.stringify({ deadLetterTargetArn: deadLetters.arn, maxReceiveCount: 5 }),
  })
  const env = {
    AWS_ENDPOINT_URL_SQS: guard.endpoint,
    SQS_DLQ_ARN: deadLetters.arn,
    SQS_INTAKE_QUEUE_URL: intake.url,
    DRAIN_SPREAD_SECONDS: '0',
    AUTO_ACK_GRACE_MS: '0',
  }
  return { statements, guard, deadLetters, intake, env }
}

/** Every right of the policy is used, and nothing else was asked for. */
function agrees(t: Test, statements: readonly Statement[], guard: Awaited<ReturnType<typeof policedSqs>>): void {
  t.same([...guard.refused], [], 'no call was refused')
  const rights = statements.flatMap(({ sid, actions }) => actions.map((action) => `${sid} ${action}`))
  const ofSqs = rights.filter((right) => right.includes(' sqs:'))
  t.same(
    ofSqs.filter((right) => !guard.used.has(right)),
    [],
    'no right is there that nothing needs',
  )
}

t.test(
  'in mode 1 instances live, deliver and leave with the rights of the Terraform files alone, and need each',
  async (t) => {
    const world = await startInstanceQueueWorld(t)
    const { statements, guard, deadLetters, intake, env } = await withRights(t, world, 'instance_queues')
    const settings = { ...env, ...(await world.freshDatabase()), SQS_QUEUE_NAME_PREFIX: name('instance_prefix') }
    const [first, second] = await Promise.all([world.peer(t, settings), world.peer(t, settings)])

    const held = world.next(first, 'alice')
    await world.publish(first, 'alice', 'by the queue of the instance')
    await held
    const left = await world.queueOf(first, 'alice')
    const moved = world.next(second, 'alice')
    await until(async () => (await world.queueOf(second, 'alice')) !== left)
    await world.send(left, 'alice', 'sent on')
    await moved
    await world.send(intake.url, 'nobody', 'stored')
    await world.sqs.send(intake.url, 'not a notification', {})
    await world.sqs.send(left, 'not a notification', {})
    await until(async () => (await world.sqs.count(deadLetters.url)).all === 2)
    await until(async () => (await world.sqs.count(intake.url)).all === 0)

    first.signal('SIGTERM')
    t.equal(await first.ended, 0)
    // Handed over and not acknowledged: what an instance gives back when it leaves.
    await world.publish(second, 'alice', 'given back')
    await world.next(second, 'alice', 'ack=next&wait=20')
    await world.send(intake.url, 'alice', 'given back to the intake queue')
    await until(async () => (await world.poll(second, 'alice', 'ack=next&wait=1')).notifications.length === 2)
    second.signal('SIGTERM')
    t.equal(await second.ended, 0)

    const clients = sqsClients({ receiveSockets: 1, endpoint: guard.endpoint })
    t.teardown(() => clients.close())
    await world.sqs.createQueue(`${name('instance_prefix')}-again`, { VisibilityTimeout: '7' })
    await createInstanceQueue(clients.acting, {
      prefix: name('instance_prefix'),
      instanceId: 'again',
      visibilityTimeoutSeconds: 30,
    })
    agrees(t, statements, guard)
  },
)

t.test(
  'in mode 2 instances live, deliver and leave with the rights of the Terraform files alone, and need each',
  async (t) => {
    const world = await startClientQueueWorld(t)
    const { statements, guard, deadLetters, intake, env } = await withRights(t, world, 'client_queues')
    const base = `${intake.url.replace(/[^/]*$/, '')}${name('client_prefix')}`
    const service = await world.service(t, { ...env, SQS_USER_QUEUE_BASE_URL: base })

    const held = world.next(service, 'alice')
    await until(async () => (await world.sqs.queues()).some((url) => url.endsWith('-alice')))
    await world.send(`${base}-alice`, 'bob', 'in the queue of another client')
    const publication = { addressee: 'alice', subject: 's', body: 'by HTTP' }
    const headers = { ...world.bearer('shop', { scope: 'notifications:publish' }), 'content-type': 'application/json' }
    const accepted = await world.ask(service, '/notifications', {
      method: 'POST',
      headers,
      body: JSON.stringify(publication),
    })
    t.equal(accepted.status, 202)
    await held
    await world.send(intake.url, 'bob', 'to the queue of a client that is not here')
    await world.sqs.send(intake.url, 'not a notification', {})
    await until(async () => (await world.sqs.count(deadLetters.url)).all === 2)
    await until(async () => (await world.sqs.count(intake.url)).all === 0)

    await world.send(`${base}-alice`, 'alice', 'given back')
    await world.next(service, 'alice', 'ack=next&wait=20')
    await world.send(intake.url, 'alice', 'given back to the intake queue')
    await until(async () => (await world.poll(service, 'alice', 'ack=next&wait=1')).notifications.length === 2)
    service.signal('SIGTERM')
    t.equal(await service.ended, 0)
    agrees(t, statements, guard)
  },
)

/** Returns the actions of the calls that the files of a folder can make. */
function actionsIn(pattern: string): readonly string[] {
  const root = new URL('../../', import.meta.url)
  const found = new Set<string>()
  for (const file of globSync(pattern, { cwd: fileURLToPath(root) })) {
    const text = readFileSync(new URL(file, root), 'utf8')
    for (const [, names = ''] of text.matchAll(/import \{([^}]*)\} from '@aws-sdk\/client-sqs'/g)) {
      for (const [, operation = ''] of names.matchAll(/\b(\w+)Command\b/g)) found.add(actionOf(operation))
    }
  }
  // The SDK finds the endpoint by a command; this one is never sent.
  found.delete('sqs:ListQueues')
  return [...found].sort()
}

/** Returns the actions on queues that a policy allows. */
function allowed(policy: string): readonly string[] {
  const actions = statementsOf(terraform, policy).flatMap((statement) => statement.actions)
  return [...new Set(actions)].filter((action) => action.startsWith('sqs:')).sort()
}

t.test('the code of the service has no call that the policies do not allow', async (t) => {
  t.same(actionsIn('src/{adapters,modes}/**/*.ts'), allowed('instance_queues'))
  t.ok(allowed('client_queues').every((action) => allowed('instance_queues').includes(action)))
})

t.test('a sender has the rights for the calls of the publisher module, and no others', async (t) => {
  t.same(actionsIn('src/publisher/*.js'), allowed('instance_queue_sender'))
  t.same(actionsIn('src/publisher/*.js'), allowed('client_queue_sender'))
  t.same(allowed('intake_sender'), ['sqs:SendMessage'])
})

t.test('no policy has a right on every queue, or every right on one', async (t) => {
  for (const policy of Object.keys(terraform.data.aws_iam_policy_document ?? {})) {
    if (policy === 'tasks') continue
    for (const { actions, resources } of statementsOf(terraform, policy)) {
      t.notOk(
        actions.some((action) => action.includes('*')),
        policy,
      )
      for (const resource of resources)
        t.match(resource, /^arn:aws:(kms:.*:key\/queues|sqs:.*:notifications-[a-z-]+\*?)$/)
    }
  }
})
