/** A suite whose process is killed while a test is under way. */
import t from 'tap'

t.test('a test that does not end', async () => {
  process.kill(process.pid, 'SIGKILL')
  await new Promise((resolve) => setTimeout(resolve, 100_000))
})
