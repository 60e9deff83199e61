import type { Test } from 'tap'
import { bareTarget } from '../../scripts/bench/bare-target.ts'
import { clientQueueTarget } from '../../scripts/bench/client-queue-target.ts'
import { type Progress, progressOn } from '../../scripts/bench/progress.ts'
import { Accounts, type Bench } from '../../scripts/bench/run.ts'
import { serviceTarget } from '../../scripts/bench/service-target.ts'
import { storingTarget } from '../../scripts/bench/storing-target.ts'
import { mintTokens } from '../../scripts/bench/tokens.ts'
import { startIssuer } from '../../scripts/stack/issuer.ts'
import { startPostgres } from '../../scripts/stack/postgres.ts'
import { keptSigningKey } from '../../scripts/stack/signing-key.ts'
import { temporaryFolder } from '../support/temporary-folder.ts'

/** The clients of a measurement. */
export const clients = 20
/** A measurement in which each delivery is followed by the next publication. */
export const loop = { clients, pairs: 1, runInMs: 100, windowMs: 300 }

function quiet(): Progress {
  return progressOn({ write() {} }, new AbortController().signal)
}

/** Starts everything around the measurements, with tokens for so many clients. */
export async function startBench(t: Test, maxClients = 100) {
  const folder = await temporaryFolder(t)
  const key = await keptSigningKey(`${folder}/key.json`)
  const issuer = await startIssuer(key, [])
  t.teardown(() => issuer[Symbol.asyncDispose]())
  const postgres = await startPostgres(`${folder}/postgres`, { wanted: [], durable: false })
  t.teardown(() => postgres[Symbol.asyncDispose]())
  const tokens = await mintTokens(key, maxClients)
  const leaving: Promise<void>[] = []
  t.teardown(() => Promise.all(leaving))
  const needs = { postgres, issuer, tokens, key, nodeFlags: [] }
  const targets = {
    bare: bareTarget(tokens),
    service: serviceTarget(needs),
    publishing: storingTarget(needs, 'publication'),
    callbacks: storingTarget(needs, 'callback'),
    'mode-2': clientQueueTarget(needs),
  }
  const bench: Bench = { targets, accounts: new Accounts(), progress: quiet(), leaving }
  return { bench, needs, postgres }
}

/** Checks that the measurements delivered everything once. */
export function deliversAllOnce(t: Test, { accounts }: Bench): void {
  const nothingWrong = { lost: 0, duplicated: 0, misdelivered: 0 }
  const { bare, service } = accounts.total
  t.match(bare, { ...nothingWrong, delivered: bare.published })
  t.match(service, { ...nothingWrong, delivered: service.published, unacknowledged: 0 })
  t.ok(bare.published > 0 && service.published > 0)
}
