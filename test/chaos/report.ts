import type { Options } from './options.ts'
import { puzzlesOf, type Result } from './result.ts'

/** How many notifications are told of one by one. */
const maxStories = 20

/** Whether everything is as promised. */
export function isFlawless({ account, remains, stuck, crashed }: Result): boolean {
  return puzzlesOf(account).every(({ length }) => length === 0) && remains.every(isAsPromised) && stuck + crashed === 0
}

function isAsPromised({ count, allowed }: Result['remains'][number]): boolean {
  return allowed || count === 0
}

type Row = readonly [name: string, value: number, remark?: string | undefined]

/** The result as a table. */
export function report({ seed, mode }: Options, result: Result): string {
  const { account, faults, remains, errors, stories } = result
  const { all, afterFailure, afterFault, sentAgain, unexplained } = account.duplicated
  const rows: Row[] = [
    ['accepted', account.accepted],
    ['delivered', account.delivered],
    ['waiting', account.waiting, 'for clients that never came'],
    ['kept', account.kept, 'sent on three times after a client that moved, and kept as for an absent one'],
    ['dead-lettered', account.deadLettered],
    ['unknowable', account.unknowable, 'ack=auto, on a connection that its client gave up without a sign'],
    ['LOST', account.lost.length],
    ['MISDELIVERED', account.misdelivered.length],
    ['MISPLACED', account.misplaced.length, 'waiting or a dead letter, and should be neither'],
    [
      'duplicated',
      all,
      `${afterFailure} after a failed connection, ${afterFault} after another fault, ${sentAgain} sent more than once`,
    ],
    ['unexplained', unexplained, 'copies without such a cause'],
    ['renamed', account.renamed.length, 'notifications whose copies have different ids'],
    ['expired', account.expired, 'before their clients came'],
    ['TOO LATE', account.late.length, 'handed over after they had expired'],
    ['told', account.receipts.told, 'times a sender was told what became of a notification'],
    ['FALSE', account.receipts.false.length, 'receipts'],
    ['MISSING', account.receipts.missing.length, 'receipts, and no fault explains it'],
    ['told twice', account.receipts.twofold, 'two ends, of two copies'],
    [
      'given up',
      account.receipts.givenUp,
      `receipts, as the log says; ${account.receipts.unsent} stored and not yet sent`,
    ],
    ['woken', result.woken, 'pushes to clients that poll only when they are woken'],
    ...remains.map(({ name, count, remark }): Row => [name, count, remark]),
    ['did not leave', result.stuck, 'instances that were asked to'],
    ['ended unasked', result.crashed],
  ]
  const table = rows.map(([name, value, remark]) => {
    return `${name.padEnd(20)}${String(value).padStart(8)}${remark === undefined ? '' : `   ${remark}`}`
  })
  const happened = [...faults].map(([kind, count]) => `${kind} ${count}`).join(', ')
  const logged = [...errors].map(([sentence, count]) => `  ${count} times logged: ${sentence}`)
  const explained = stories.slice(0, maxStories).map((story) => `  ${story}`)
  return [
    `mode ${mode}, seed ${seed}: ${happened}`,
    '',
    ...table,
    ...(logged.length + explained.length > 0 ? [''] : []),
    ...logged,
    ...explained,
  ].join('\n')
}
