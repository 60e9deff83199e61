/**
 * `npm run demo`: starts several instances of the service and their dependencies on free ports, plays a story with real
 * requests in both modes, and leaves nothing behind. Exits with 0 if every response was as expected.
 */
import { exitCodes, runCommand } from '../src/command-line.ts'
import { type Act, acts } from './demo/steps.ts'
import type { World } from './demo/world.ts'
import { listenForInterruption } from './stack/interruption.ts'
import { sqsClient } from './stack/publisher.ts'
import { type Stack, startStack } from './stack/stack.ts'

process.exitCode = await runCommand(
  { name: 'npm run demo', about: 'Plays a story with real instances and real requests in both modes.' },
  () => null,
  main,
)

async function main(): Promise<number> {
  using interruption = listenForInterruption()
  const { signal } = interruption
  const began = performance.now()
  let played = 0
  try {
    for (const act of acts) {
      await play(act, played, signal)
      played += act.steps.length
    }
  } catch (error) {
    console.error(`\n✗ ${error instanceof Error ? error.message : error}`)
    return signal.aborted ? exitCodes.interrupted : exitCodes.failure
  }
  console.log(
    `\n✓ All ${played} steps in ${Math.round((performance.now() - began) / 1_000)} s; nothing is left running.`,
  )
  return exitCodes.ok
}

async function play({ mode, instances, opening, env, steps }: Act, played: number, signal: AbortSignal): Promise<void> {
  console.log(`${played === 0 ? '' : '\n'}${opening}`)
  await using stack = await startStack({ dataDir: null, mode, services: instances, env, signal })
  const world = await prepare(stack)
  try {
    for (const [index, step] of steps.entries()) {
      console.log(`\n${String(played + index + 1).padStart(2)}  ${step.title}`)
      console.log(`    → ${await orInterrupted(step.run(world), signal)}`)
    }
  } catch (error) {
    if (!signal.aborted) showOutput(stack)
    throw error
  } finally {
    world.sqs.destroy()
  }
}

async function prepare(stack: Stack): Promise<World> {
  const [first, second] = stack.services
  if (!first || !second) throw new Error('the story needs two instances')
  const tokens = {
    alice: await stack.token('alice'),
    bob: await stack.token('bob'),
    publisher: await stack.token('orders', { scope: 'sessions:read' }),
  }
  return { stack, first, second, sqs: sqsClient(stack.urls.sqs, stack.region), tokens }
}

function orInterrupted<T>(running: Promise<T>, signal: AbortSignal): Promise<T> {
  const { promise, reject } = Promise.withResolvers<never>()
  const giveUp = () => reject(signal.reason)
  if (signal.aborted) giveUp()
  signal.addEventListener('abort', giveUp, { once: true })
  return Promise.race([running, promise]).finally(() => signal.removeEventListener('abort', giveUp))
}

function showOutput({ services }: Stack): void {
  for (const { url, output } of services) console.error(`\n--- the last of ${url} ---\n${output().slice(-4_000)}`)
}
