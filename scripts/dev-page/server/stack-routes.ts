import type { FastifyInstance } from 'fastify'
import { Refusal } from '../../../src/delivery/refusal.ts'
import { mintToken } from '../../stack/issuer.ts'
import type { Instance } from '../../stack/restartable.ts'
import { describeExit } from '../../stack/server-process.ts'
import type { SigningKey } from '../../stack/signing-key.ts'
import type { Queues } from './queues.ts'

const maxTtlSeconds = 86_400

/** The parts of the stack that the page shows and acts on. */
export interface PageNeeds {
  readonly mode: 1 | 2
  readonly key: SigningKey
  /** The key that pages subscribe with to be woken; null in mode 2, which wakes nobody. */
  readonly vapidPublicKey: string | null
  /** Returns the instances that have been started so far. */
  readonly instances: () => readonly Instance[]
  readonly queues: Queues
  /** Facts for the lines that send by the AWS CLI. */
  readonly sqs: { readonly endpoint: string; readonly region: string; readonly intakeQueueUrl: string }
  /** Counts the notifications that are stored in the database; null in mode 2, which has none. */
  readonly countStored: (() => Promise<number>) | null
}

const anyText = { type: 'string', maxLength: 1_048_576 }
const messageSchema = {
  type: 'object',
  required: ['body', 'attributes'],
  properties: {
    body: { ...anyText, minLength: 1 },
    attributes: { type: 'object', maxProperties: 10, additionalProperties: anyText },
  },
}

/** A Fastify plugin: what the page asks of the stack, under `/dev/`. */
export async function stackRoutes(app: FastifyInstance, needs: PageNeeds): Promise<void> {
  const { mode, key, instances, queues, countStored, vapidPublicKey } = needs
  const { endpoint, region, intakeQueueUrl } = needs.sqs
  app.get('/dev/stack', async () => {
    return { mode, vapidPublicKey, instances: instances().map(shown), endpoint, region, intakeQueueUrl }
  })

  app.post<{ Querystring: Record<string, string> }>('/dev/token', async ({ query, headers }, reply) => {
    const { client = '', ttl = '3600', scope } = query
    const ttlSeconds = Number(ttl)
    if (!client || !Number.isInteger(ttlSeconds) || ttlSeconds < 1 || ttlSeconds > maxTtlSeconds) {
      throw new Refusal('ERROR_INVALID_ARGUMENT')
    }
    const token = mintToken(key, client, { ttlSeconds, ...(scope ? { scope } : {}) })
    // A shell takes the token as it is.
    return headers.accept === 'text/plain' ? reply.type('text/plain').send(token) : { token }
  })

  app.post<{ Params: { number: string; act: string } }>('/dev/instances/:number/:act', async ({ params }, reply) => {
    const instance = instances()[Number(params.number) - 1]
    if (instance === undefined) throw new Refusal('ERROR_NOT_FOUND')
    // The page looks at the state again and again; a failed start is in the output of the stack.
    if (params.act === 'stop') instance.askToLeave()
    else if (params.act === 'kill') void instance.kill()
    else if (params.act === 'start') instance.start().catch((error) => app.log.error(error))
    else throw new Refusal('ERROR_NOT_FOUND')
    return reply.code(202).send({ instances: instances().map(shown) })
  })

  app.get('/dev/waiting', async () => ({
    queues: await queues.lengths(),
    deadLetters: queues.deadLetters(),
    stored: countStored === null ? null : await countStored(),
  }))

  app.post<{ Body: { body: string; attributes: Record<string, string> } }>(
    '/dev/messages',
    { schema: { body: messageSchema } },
    async ({ body: { body, attributes } }, reply) => reply.code(201).send({ id: await queues.send(body, attributes) }),
  )
}

function shown({ url, state, exit }: Instance, index: number) {
  return { name: `Instance ${index + 1}`, url, state, ended: exit === null ? null : describeExit(exit) }
}
