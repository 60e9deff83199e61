/** `npm run listen`: the command `notifications listen` of this checkout. */
import { listen } from '../src/listen/listen.ts'

process.exitCode = await listen({ name: 'npm run listen', args: process.argv.slice(2), env: process.env })
