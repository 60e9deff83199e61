import type { Accepted } from './answers.ts'
import type { World } from './service-world.ts'

type At = Parameters<World['health']>[0]

const json = { 'content-type': 'application/json' }

/** Senders over HTTP: clients that register, the tasks that call them back, and publishers. */
export function tasks(world: Pick<World, 'ask' | 'bearer'>) {
  async function accepted(answering: ReturnType<World['ask']>): Promise<Accepted> {
    const answer = await answering
    if (answer.status !== 202) throw new Error(`${answer.status} ${answer.text}`)
    return answer.json<Accepted>()
  }
  const post = (at: At, path: string, headers: Record<string, string>, body: unknown) =>
    world.ask(at, path, { method: 'POST', headers: { ...headers, ...json }, body: JSON.stringify(body) })

  const register = (at: At, clientId: string, asked: object = {}) =>
    post(at, '/registrations', world.bearer(clientId), asked)

  return {
    register,

    /** Registers; answers the path of the callback URL, which is good at every instance. */
    async callbackPath(at: At, clientId: string, asked: object = {}): Promise<string> {
      const { callbackUrl } = (await register(at, clientId, asked)).json<{ callbackUrl: string }>()
      return new URL(callbackUrl).pathname
    },

    call: (at: At, path: string, body: NonNullable<RequestInit['body']>, headers: Record<string, string> = {}) =>
      world.ask(at, path, { method: 'POST', body, headers }),

    /** Calls back and expects that to be accepted. */
    callBack: (at: At, path: string, body: string) => accepted(world.ask(at, path, { method: 'POST', body })),

    /** Publishes with the scope it takes, unless told another. */
    publish: (
      at: At,
      publication: object,
      { scope = 'notifications:publish', ...headers }: Readonly<Record<string, string>> = {},
    ) =>
      post(
        at,
        '/notifications',
        { ...world.bearer('publisher', { scope }), ...headers },
        {
          subject: 'greeting',
          body: 'hello',
          ...publication,
        },
      ),
  }
}
