import { parentPort } from 'node:worker_threads'
import { type Plays, playAll } from './plays.ts'

parentPort?.on('message', async (plays: Plays) => {
  // A failure is told as well: the thread is asked for more after it.
  const answer = await playAll(plays).catch((error: unknown) => ({ error }))
  parentPort?.postMessage(answer)
})
