/** So many clients of a run never come; a few seconds of it are to have some messages for them. */
const absentShare = 1 / 8
/** So many more poll only when they are woken. */
const sleepingShare = 1 / 10

/** The clients of a run, some more that never come, and some that sleep; in turns with ids that no queue could be named for. */
export function clientIds(count: number): {
  readonly clients: string[]
  readonly absent: string[]
  readonly sleepers: string[]
} {
  const id = (name: string) => (_: unknown, i: number) => {
    const plain = `${name}-${i}`
    if (i % 7 === 3) return `${plain} <zoë@example.org>`
    if (i % 7 === 5) return `x-${plain}/${'long'.repeat(25)}`
    return plain
  }
  return {
    clients: Array.from({ length: count }, id('client')),
    absent: Array.from({ length: Math.ceil(count * absentShare) }, id('absent')),
    sleepers: Array.from({ length: Math.ceil(count * sleepingShare) }, id('sleeper')),
  }
}
