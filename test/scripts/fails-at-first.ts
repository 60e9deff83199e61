/** A suite that fails in its first run: it leaves a file in MARKS, and passes where it finds that file. */
import { existsSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'

const mark = join(process.env.MARKS ?? '', 'was-here')
const wasHere = existsSync(mark)
writeFileSync(mark, '')
t.ok(wasHere, 'it has run before')
t.ok(process.env.ALWAYS !== 'fails', 'it may pass')
