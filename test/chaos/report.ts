import type { Options } from './options.ts'
import type { Result } from './result.ts'

/** How many notifications are told of one by one. */
const maxStories = 20

/** Whether everything is as promised. */
export function isFlawless({ account, remains, stuck, crashed }: Result): boolean {
  const { lost, misdelivered, misplaced, unexplained, renamed } = account
  const puzzles = [lost, misdelivered, misplaced, unexplained, renamed]
  return puzzles.every(({ length }) => length === 0) && remains.every(isAsPromised) && stuck + crashed === 0
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
