import t from 'tap'
import { isClientId, isReference, isSubject } from '../../src/delivery/notification.ts'

const longest: [string, (value: unknown) => boolean, number][] = [
  ['a client id', isClientId, 512],
  ['a subject', isSubject, 256],
  ['a reference', isReference, 256],
]

for (const [what, is, length] of longest) {
  t.test(`${what} has 1 to ${length} characters, none of them a control character`, async (t) => {
    for (const good of ['a', 'alice@example.com', 'job 17', 'Zoë', '日本', '😀', 'x'.repeat(length)]) {
      t.ok(is(good), JSON.stringify(good.slice(0, 20)))
    }
    for (const bad of ['', 'x'.repeat(length + 1), 'a\0', 'a\nb', '\t', '\u007f', '\u0085', '\u009f']) {
      t.notOk(is(bad), JSON.stringify(bad.slice(0, 20)))
    }
    for (const half of ['\ud83d', 'a\ude00']) t.notOk(is(half), 'half a surrogate pair')
    for (const other of [undefined, null, 7, true, ['a'], { length: 1 }]) t.notOk(is(other), String(other))
  })
}
