import { once } from 'node:events'
import { openLogOutput } from '../../src/log-output.ts'

/** Writes 40,000 lines to its standard output, tells over IPC how many were dropped, and ends when it is told to. */
const output = openLogOutput(1)
for (let i = 0; i < 40_000; i++) output.write(`${String(i).padStart(99, ' ')}\n`)
process.send?.(output.dropped)
await once(process, 'message')
await output.flushed(500)
process.exit(0)
