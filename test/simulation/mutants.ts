import { cp, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath, pathToFileURL } from 'node:url'
import { type Core, loadCore, realCore } from './core.ts'

/** One fault to build into the core: this text of that file becomes another, here and perhaps in a second place. */
export interface Mutant {
  readonly file: string
  readonly text: string
  readonly becomes: string
  readonly and?: Mutant
  /** Where the search begins, for faults that take hundreds of seeds to show; 1 unless told. */
  readonly from?: number
}

/** Faults that a tired person could make; each has to be found. */
export const mutants: Readonly<Record<string, Mutant>> = {
  'a response that is written counts as delivered': {
    file: 'handover.ts',
    text: "if (this.ack === 'auto') this.mailbox.mailboxes.startGrace(this)",
    becomes: "if (this.ack === 'auto') for (const lease of this.leases) this.mailbox.settle(lease, 'acknowledged')",
  },
  'a failure within the grace is ignored': {
    file: 'handover.ts',
    text: "if (this.state === 'settled' || this.state === 'failed') return",
    becomes: "if (this.state !== 'open') return",
  },
  'a grace ends without a second look': {
    from: 1600,
    file: 'handover.ts',
    text: 'if (!this.#looked) {',
    becomes: 'if (false as boolean) {',
  },
  'a cursor acknowledges everything': {
    file: 'leases.ts',
    text: 'for (const lease of this.#handovers.get(number)?.leases ?? []) {',
    becomes: 'for (const lease of this.#handovers.has(number) ? this.list() : []) {',
  },
  'a cursor stands for the oldest response instead of its own': {
    file: 'leases.ts',
    text: 'acknowledgeNumber(number: number): number {\n    let acknowledged = 0',
    becomes:
      'acknowledgeNumber(number: number): number {\n    number = [...this.#handovers.keys()][0] ?? number\n    let acknowledged = 0',
  },
  'what nobody here can use is given back without delay': {
    file: 'mailboxes.ts',
    text: 'for (const mailbox of touched) mailbox.deliver()',
    becomes:
      "for (const mailbox of touched) mailbox.deliver()\n    for (const lease of taken) if (lease.carried === 0 && !this.isHere(lease.notification.addressee)) this.#byClient.get(lease.notification.addressee)?.settle(lease, 'released')",
  },
  'what is in its grace is given back at the end': {
    file: 'mailboxes.ts',
    text: 'if (lease.withheld > 0) inGrace += 1\n        else mailbox',
    becomes: 'mailbox',
  },
  'leases that have ended are handed over': {
    file: 'mailboxes.ts',
    text: 'return lease.expiresAt - now >= margin',
    becomes: 'return margin >= 0 || lease.expiresAt - now >= margin',
  },
  'what is in its grace is handed over to the next poll': {
    file: 'leases.ts',
    text: 'lease.withheld += 1\n    this.#waiting.delete(lease.key)',
    becomes: 'lease.withheld += 1',
  },
  'a failed response takes back what another carries': {
    file: 'leases.ts',
    text: 'if (lease.withheld === 0 && lease.end === null)',
    becomes: 'if (lease.end === null)',
  },
  'what is in its grace is sent on': {
    from: 750,
    file: 'deliver.ts',
    text: 'if (lease.end !== null || lease.carried !== carried || lease.withheld > 0) return',
    becomes: 'if (lease.end !== null) return',
    and: {
      file: 'mailboxes.ts',
      text: 'filter(({ withheld }) => withheld === 0)',
      becomes: 'filter(() => true)',
      and: { file: 'mailboxes.ts', text: 'mailbox.leases?.acknowledgeGraces()', becomes: '' },
    },
  },
  'what could not be sent on is deleted': {
    from: 1150,
    file: 'deliver.ts',
    text: 'mailboxes.takeBack(lease)',
    becomes: 'mailboxes.sentOn(lease)',
  },
  'what was sent on is kept as well': {
    file: 'deliver.ts',
    text: 'mailboxes.sentOn(lease)',
    becomes: 'mailboxes.takeBack(lease)',
  },
  'a message that is shown again is sent on by a lease that is not held': {
    file: 'mailboxes.ts',
    text: 'taken.push(mailbox.add(lease))',
    becomes: 'mailbox.add(lease)\n      taken.push(lease)',
  },
  'a session ends its linger while a poll is held': {
    file: 'mailbox.ts',
    text: 'wheel.remove(this)\n    if (this.presence',
    becomes: 'if (this.presence',
  },
  'a poll is served before its session is recorded': {
    file: 'mailbox.ts',
    text: "if (this.presence === 'here') this.#live([poll])",
    becomes: "if (this.presence !== 'absent' || this.#leases !== null) this.#live([poll])",
  },
  'a mailbox is kept after its client has left': {
    file: 'mailboxes.ts',
    text: 'if (!mailbox.empty) return',
    becomes: 'if (!mailbox.empty || mailbox.leases !== null) return',
  },
  'stored notifications that are acknowledged are read again': {
    from: 350,
    file: 'pending.ts',
    text: 'this.#acknowledged.add(key)\n',
    becomes: '\n',
  },
}

/** Loads a copy of the core with the fault in it. The copy is gone when this resolves. */
export async function loadMutant(mutant: Mutant): Promise<Core> {
  const folder = await mkdtemp(join(tmpdir(), 'delivery-'))
  try {
    await cp(fileURLToPath(realCore), folder, { recursive: true })
    await writeFile(join(folder, 'package.json'), '{ "type": "module" }')
    await build(mutant, folder)
    return await loadCore(pathToFileURL(`${folder}/`))
  } finally {
    await rm(folder, { recursive: true })
  }
}

async function build({ file, text, becomes, and }: Mutant, folder: string): Promise<void> {
  const path = join(folder, file)
  const source = await readFile(path, 'utf8')
  if (source.split(text).length !== 2) throw new Error(`${file} does not have exactly one: ${text}`)
  await writeFile(
    path,
    source.replace(text, () => becomes),
  )
  if (and) await build(and, folder)
}
