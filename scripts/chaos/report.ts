import type { Options } from './options.ts'
import type { Result } from './run.ts'

/** How many notifications are told of one by one. */
const mostStories = 20

/** Whether everything is as promised. */
export function isFlawless({ account, sessionsLeft, instancesLeft, stuck, crashed }: Result): boolean {
  const { lost, misdelivered, unexplained } = account
  const left = sessionsLeft + instancesLeft + stuck + crashed
  return lost.length + misdelivered.length + unexplained.length + left === 0
}

/** The result as a table. */
export function report({ seed }: Options, result: Result): string {
  const { account, faults, errors, stories } = result
  const rows: [string, number, string?][] = [
    ['accepted', account.accepted],
    ['delivered', account.delivered],
    ['waiting', account.waiting, 'in a queue, at the end'],
    ['dead-lettered', account.deadLettered],
    ['unknowable', account.unknowable, 'ack=auto, on a connection that its client gave up without a sign'],
    ['LOST', account.lost.length],
    ['MISDELIVERED', account.misdelivered.length],
    ['duplicated', account.duplicated, `${account.duplicatesBound} copies are explained by what went wrong`],
    ['unexplained copies', account.unexplained.length],
    ['sessions left', result.sessionsLeft, 'after everybody has left'],
    ['live rows left', result.instancesLeft, 'of instances that do not run'],
    ['queues left', result.queuesLeft, 'of instances that died, for the next one to drain'],
    ['queues forgotten', result.queuesForgotten, 'made by processes that died before they were on the list'],
    ['did not leave', result.stuck, 'instances that were asked to'],
    ['ended unasked', result.crashed],
  ]
  const table = rows.map(([name, value, remark]) => {
    return `${name.padEnd(20)}${String(value).padStart(8)}${remark === undefined ? '' : `   ${remark}`}`
  })
  const happened = [...faults].map(([kind, count]) => `${kind} ${count}`).join(', ')
  const logged = [...errors].map(([sentence, count]) => `  ${count} times logged: ${sentence}`)
  const explained = stories.slice(0, mostStories).map((story) => `  ${story}`)
  return [
    `seed ${seed}: ${happened}`,
    '',
    ...table,
    ...(logged.length + explained.length > 0 ? [''] : []),
    ...logged,
    ...explained,
  ].join('\n')
}
