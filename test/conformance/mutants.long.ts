import { mkdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import t from 'tap'
import { temporaryFolder } from '../support/temporary-folder.ts'
import { clientCases } from './cases/all.ts'
import { type Mutant, mutants } from './mutants.ts'
import { playCase } from './play-case.ts'
import { missingPrograms } from './programs.ts'

/** The share of the mutants that the kit has to notice. */
const minNoticed = 0.95
const jobs = 8
/** Long enough for a client without a fault to pass. */
const patienceMs = 12_000

const client = await readFile(new URL('../../src/clients/python/notifications.py', import.meta.url), 'utf8')

// Three times as long as a busy machine takes.
t.setTimeout(480_000)

t.test('the kit notices the faults that clients have', { skip: missingPrograms('python3') }, async (t) => {
  const folder = await temporaryFolder(t)
  const missed: string[] = []
  const waiting = [...mutants.entries()]
  const work = async () => {
    for (let next = waiting.shift(); next; next = waiting.shift()) {
      const [index, mutant] = next
      const place = join(folder, String(index))
      await mkdir(place)
      await writeFile(join(place, 'notifications.py'), mutated(mutant))
      if (!(await isNoticed(mutant, place))) missed.push(mutant.name)
    }
  }
  await Promise.all(Array.from({ length: jobs }, work))
  const noticed = mutants.length - missed.length
  t.comment(`${noticed} of ${mutants.length} mutants noticed`)
  t.ok(noticed >= minNoticed * mutants.length, `not noticed: ${missed.join('; ')}`)
})

function mutated({ name, from, to }: Mutant): string {
  if (client.split(from).length !== 2) throw new Error(`the text of "${name}" does not occur once`)
  return client.replace(from, () => to)
}

/** Plays the cases that should notice the mutant, until one does. */
async function isNoticed({ name, noticedBy }: Mutant, place: string): Promise<boolean> {
  const cases = clientCases.filter(
    (played) => played.transport !== 'sse' && `${played.requires.join()} ${played.name}`.includes(noticedBy),
  )
  if (cases.length === 0) throw new Error(`no case is about "${noticedBy}", which should notice "${name}"`)
  for (const played of cases) {
    const command = `CLIENT_FOLDER="${place}" python3 test/conformance/drivers/driver.py`
    if ((await playCase(played, command, { patienceMs })).kind === 'failed') return true
  }
  return false
}
