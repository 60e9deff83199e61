import { parentPort } from 'node:worker_threads'
import { type Plays, playAll } from './plays.ts'

parentPort?.on('message', async (plays: Plays) => parentPort?.postMessage(await playAll(plays)))
