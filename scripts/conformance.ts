/**
 * `npm run conformance`: plays every case of docs/protocol.md with a client program (`--client COMMAND`), or checks a
 * running service (`--server URL`), and prints a table. Exits with 0 if nothing failed.
 */
import { exitCodes, runCommand, UsageError, wholeNumber } from '../src/command-line.ts'
import { clientCases } from '../test/conformance/cases/all.ts'
import type { Outcome } from '../test/conformance/outcome.ts'
import { runCases } from '../test/conformance/run-cases.ts'
import { serverChecks } from '../test/conformance/server-checks/all.ts'
import { runChecks } from '../test/conformance/server-checks/run-checks.ts'
import type { Tested } from '../test/conformance/server-checks/tested-service.ts'
import { tableOf } from '../test/conformance/table.ts'

type Asked = { readonly only: string } & (
  | { readonly command: string; readonly jobs: number }
  | { readonly tested: Tested }
)

process.exitCode = await runCommand(
  {
    name: 'npm run conformance',
    about: 'Holds a client program, or a running service, to the requirements of docs/protocol.md.',
    options: {
      client: { about: 'the command that starts the client program', value: 'COMMAND' },
      server: { about: 'the URL of the service', value: 'URL' },
      token: { about: 'with --server: the token of a client that nobody else uses', value: 'TOKEN' },
      addressee: { about: 'with --server: the client id of that token', value: 'ID', fallback: 'alice' },
      'publisher-token': { about: 'with --server: a token that may publish', value: 'TOKEN' },
      only: { about: 'only cases whose name or requirements contain this', value: 'TEXT', fallback: '' },
      jobs: { about: 'with --client: the number of cases at the same time', value: 'N', fallback: '20' },
    },
  },
  ({ values: { client, server, token, addressee, 'publisher-token': publisherToken, only, jobs } }): Asked => {
    if ((client === undefined) === (server === undefined)) throw new UsageError('Give either --client or --server')
    if (client !== undefined) return { only, command: client, jobs: wholeNumber('jobs', jobs, { from: 1, to: 200 }) }
    if (token === undefined || publisherToken === undefined) {
      throw new UsageError('--server needs --token and --publisher-token')
    }
    return { only, tested: { url: (server ?? '').replace(/\/$/, ''), token, addressee, publisherToken } }
  },
  async (asked) => {
    const outcomes = await run(asked)
    if (outcomes.length === 0) throw new Error(`No case has "${asked.only}" in its name or requirements`)
    console.log(tableOf(outcomes))
    return outcomes.some(({ kind }) => kind === 'failed') ? exitCodes.failure : exitCodes.ok
  },
)

async function run(asked: Asked): Promise<readonly Outcome[]> {
  const chosen = <Entry extends { readonly name: string; readonly requires: readonly string[] }>(
    all: readonly Entry[],
  ) => all.filter(({ name, requires }) => `${requires.join()} ${name}`.includes(asked.only))
  if ('tested' in asked) return runChecks(chosen(serverChecks), asked.tested)
  return runCases(chosen(clientCases), asked)
}
