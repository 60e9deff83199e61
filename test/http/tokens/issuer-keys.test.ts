import t from 'tap'
import { type IssuerKeysOptions, issuerKeys } from '../../../src/http/tokens/issuer-keys.ts'
import { type Issuer, signingKey, startIssuer } from '../../support/issuer.ts'

type Test = { teardown(close: () => unknown): void }

/** Keys of a real issuer, with a clock that the test moves and a log that it reads. */
async function start(t: Test, options: Partial<IssuerKeysOptions> = {}, issuer?: Issuer) {
  issuer ??= await startIssuer(t)
  const lines: { fields: Record<string, unknown>; sentence: string }[] = []
  const write = (fields: object, sentence: string) =>
    lines.push({ fields: fields as Record<string, unknown>, sentence })
  const clock = { ms: Date.now() }
  const keys = issuerKeys({
    jwksUrl: issuer.jwksUrl,
    log: { info: write, warn: write },
    now: () => clock.ms,
    ...options,
  })
  t.teardown(() => keys.close())
  const first = issuer.keys[0]
  if (first === undefined) throw new Error('an issuer starts with a key')
  return { issuer, keys, clock, lines, kid: first.kid }
}

t.test('the keys are fetched once, however many requests need them at the same time', async (t) => {
  const { issuer, keys, kid } = await start(t)
  await Promise.all(Array.from({ length: 300 }, () => keys.lookFor({ alg: 'RS256', kid }, [])))
  t.match(keys.find({ alg: 'RS256', kid })[0], 'BEGIN PUBLIC KEY')
  t.equal(issuer.fetches, 1)
})

t.test('one fetch brings all keys of the issuer', async (t) => {
  const { issuer, keys, kid } = await start(t)
  const second = issuer.rotate({ alg: 'ES256' })
  await keys.lookFor({ alg: 'RS256', kid }, [])
  t.ok(keys.find({ alg: 'ES256', kid: second.kid })[0])
  t.equal(issuer.fetches, 1)
})

t.test('a new key is found at once', async (t) => {
  const { issuer, keys, lines } = await start(t)
  await keys.refresh()
  const { kid } = issuer.rotate()
  await keys.lookFor({ alg: 'RS256', kid }, [])
  t.ok(keys.find({ alg: 'RS256', kid })[0])
  t.equal(issuer.fetches, 2)
  t.match(lines, [{ sentence: 'a token names a key that is not known; fetching the keys', fields: { kid } }])
})

t.test('300 unknown kids cause one fetch in 30 seconds, and the good keys stay', async (t) => {
  const { issuer, keys, clock, kid } = await start(t)
  await keys.refresh()
  for (let i = 0; i < 300; i++) await keys.lookFor({ alg: 'RS256', kid: `unknown-${i}` }, [])
  await Promise.all(Array.from({ length: 300 }, (_, i) => keys.lookFor({ alg: 'RS256', kid: `another-${i}` }, [])))
  t.equal(issuer.fetches, 2)
  t.ok(keys.find({ alg: 'RS256', kid })[0])
  clock.ms += 29_999
  await keys.lookFor({ alg: 'RS256', kid: 'still-cooling' }, [])
  t.equal(issuer.fetches, 2)
  clock.ms += 1
  await keys.lookFor({ alg: 'RS256', kid: 'cooled-down' }, [])
  t.equal(issuer.fetches, 3)
})

t.test('a kid that the issuer did not have causes no other fetch for five minutes', async (t) => {
  const { issuer, keys, clock } = await start(t)
  await keys.refresh()
  await keys.lookFor({ alg: 'RS256', kid: 'unknown' }, [])
  t.equal(issuer.fetches, 2)
  clock.ms += 299_000
  await keys.lookFor({ alg: 'RS256', kid: 'unknown' }, [])
  t.equal(issuer.fetches, 2)
  clock.ms += 1_000
  await keys.lookFor({ alg: 'RS256', kid: 'unknown' }, [])
  t.equal(issuer.fetches, 3)
})

t.test('an unknown kid is cut short in the log', async (t) => {
  const { keys, lines } = await start(t)
  await keys.refresh()
  await keys.lookFor({ alg: 'RS256', kid: 'k'.repeat(256) }, [])
  t.equal(lines[0]?.fields.kid, 'k'.repeat(64))
})

t.test('a fetch that began before the key was published is followed by another', async (t) => {
  const { issuer, keys } = await start(t)
  await keys.refresh()
  const early = keys.refresh()
  await issuer.asked() // the answer has been written with the old keys
  const { kid } = issuer.rotate()
  const found = keys.lookFor({ alg: 'RS256', kid }, [])
  await early
  await found
  t.ok(keys.find({ alg: 'RS256', kid })[0])
})

t.test('a clock that was set back does not stop the fetching', async (t) => {
  const { issuer, keys, clock } = await start(t)
  await keys.refresh()
  await keys.lookFor({ alg: 'RS256', kid: 'one' }, [])
  clock.ms -= 3_600_000
  await keys.lookFor({ alg: 'RS256', kid: 'two' }, [])
  t.equal(issuer.fetches, 3)
})

t.test('without keys and without an answer the refusal is 503, with Retry-After', async (t) => {
  const { issuer, keys, clock, kid, lines } = await start(t)
  issuer.behave('fail')
  const refused = { code: 'ERROR_KEYS_UNAVAILABLE', status: 503, retryAfterSeconds: 1 }
  await t.rejects(keys.lookFor({ alg: 'RS256', kid }, []), refused)
  t.match(lines, [{ sentence: "the issuer's keys could not be fetched", fields: { keysKept: false } }])

  // Within a second nobody asks again, and nobody waits.
  await t.rejects(keys.lookFor({ alg: 'RS256', kid }, []), refused)
  t.equal(issuer.fetches, 1)

  issuer.behave('serve')
  clock.ms += 1_000
  await keys.lookFor({ alg: 'RS256', kid }, [])
  t.ok(keys.find({ alg: 'RS256', kid })[0])
})

t.test('an endpoint where nobody listens is unavailable too', async (t) => {
  const issuer = await startIssuer(t)
  await issuer.close()
  const { keys, kid } = await start(t, {}, issuer)
  await t.rejects(keys.lookFor({ alg: 'RS256', kid }, []), { code: 'ERROR_KEYS_UNAVAILABLE' })
})

for (const behaviour of ['hang', 'stall'] as const) {
  t.test(`the deadline holds for an endpoint that does ${behaviour}`, async (t) => {
    const { issuer, keys, kid } = await start(t, { deadlineMs: 50 })
    issuer.behave(behaviour)
    await t.rejects(keys.lookFor({ alg: 'RS256', kid }, []), {
      code: 'ERROR_KEYS_UNAVAILABLE',
      cause: { message: 'no answer within 50 ms' },
    })
  })
}

t.test('redirects are not followed, not even to an endpoint with good keys', async (t) => {
  const { issuer, keys, kid } = await start(t)
  const other = await startIssuer(t)
  issuer.behave({ redirectTo: other.jwksUrl })
  await t.rejects(keys.lookFor({ alg: 'RS256', kid }, []), { code: 'ERROR_KEYS_UNAVAILABLE' })
  t.equal(other.fetches, 0)
})

for (const behaviour of ['fail', 'garbage', 'empty', 'huge'] as const) {
  t.test(`the good keys outlive an endpoint that is in the state "${behaviour}", for a day`, async (t) => {
    const { issuer, keys, clock, kid } = await start(t)
    await keys.refresh()
    issuer.behave(behaviour)
    clock.ms += 24 * 60 * 60_000 - 1
    t.equal(await keys.refresh(), false)
    t.ok(keys.find({ alg: 'RS256', kid })[0])
    t.equal(keys.generation, 0)
    clock.ms += 1
    await keys.refresh()
    t.equal(keys.find({ alg: 'RS256', kid })[0], undefined)
    t.equal(keys.generation, 1)
    await t.rejects(keys.lookFor({ alg: 'RS256', kid }, []), { code: 'ERROR_KEYS_UNAVAILABLE' })
  })
}

t.test('an unknown kid is not taken for unknown for good while the endpoint fails', async (t) => {
  const { issuer, keys, clock } = await start(t)
  await keys.refresh()
  const { kid } = issuer.rotate()
  issuer.behave('fail')
  await keys.lookFor({ alg: 'RS256', kid }, [])
  t.equal(keys.find({ alg: 'RS256', kid })[0], undefined)
  issuer.behave('serve')
  clock.ms += 30_000
  await keys.lookFor({ alg: 'RS256', kid }, [])
  t.ok(keys.find({ alg: 'RS256', kid })[0])
})

t.test('keys older than ten minutes are fetched again in the background', async (t) => {
  const { issuer, keys, clock, kid } = await start(t)
  keys.refreshIfDue(clock.ms)
  t.equal(issuer.fetches, 0, 'before the first token there is nothing to refresh')
  await keys.refresh()
  clock.ms += 599_999
  keys.refreshIfDue(clock.ms)
  const { kid: next } = issuer.rotate({ keepOld: false })
  clock.ms += 1
  for (let i = 0; i < 10; i++) keys.refreshIfDue(clock.ms)
  t.ok(keys.find({ alg: 'RS256', kid })[0], 'nobody waits: the old keys serve until the new ones are here')
  await keys.refresh() // joins the one under way
  t.equal(issuer.fetches, 2)
  t.equal(keys.find({ alg: 'RS256', kid })[0], undefined)
  t.ok(keys.find({ alg: 'RS256', kid: next })[0])
})

t.test('a background fetch that failed is tried again after the cool-down', async (t) => {
  const { issuer, keys, clock } = await start(t)
  await keys.refresh()
  issuer.behave('fail')
  clock.ms += 600_000
  keys.refreshIfDue(clock.ms)
  await keys.refresh()
  keys.refreshIfDue(clock.ms + 29_999)
  t.equal(issuer.fetches, 2)
  keys.refreshIfDue(clock.ms + 30_000)
  await keys.refresh()
  t.equal(issuer.fetches, 3)
})

t.test('the generation counts keys that vanished or changed, and not those that were added', async (t) => {
  const { issuer, keys, kid } = await start(t)
  await keys.refresh()
  issuer.rotate()
  await keys.refresh()
  t.equal(keys.generation, 0)
  issuer.keys.shift()
  await keys.refresh()
  t.equal(keys.generation, 1)
  t.equal(keys.find({ alg: 'RS256', kid })[0], undefined)
  const changed = signingKey()
  Object.assign(issuer.keys[0]?.jwk ?? {}, { n: changed.jwk.n })
  await keys.refresh()
  t.equal(keys.generation, 2)
})

t.test('closing ends a fetch under way, and there is no other', async (t) => {
  const { issuer, keys, kid, lines } = await start(t)
  issuer.behave('hang')
  const waiting = t.rejects(keys.lookFor({ alg: 'RS256', kid }, []), { code: 'ERROR_KEYS_UNAVAILABLE' })
  await issuer.asked()
  await keys.close()
  await waiting
  t.equal(await keys.refresh(), false)
  t.equal(issuer.fetches, 1)
  t.same(lines, [])
})

t.test('a URL that is none stops the start', async (t) => {
  t.throws(() => issuerKeys({ jwksUrl: 'nowhere', log: { info() {}, warn() {} } }))
})
