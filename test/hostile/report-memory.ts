/**
 * Loaded into an instance before its own code. At SIGUSR2 the process collects garbage and writes a line about its memory
 * and sockets beside its log.
 */
const { gc } = globalThis as { gc?: () => void }
if (gc === undefined) throw new Error('start this process with --expose-gc')

const mebibytes = (bytes: number) => Math.round(bytes / 1_048_576)

process.on('SIGUSR2', () => {
  gc()
  gc()
  const { heapUsed, external, rss } = process.memoryUsage()
  const sockets = process.getActiveResourcesInfo().filter((name) => name === 'TCPSocketWrap').length
  const line = { msg: 'memory', level: 10, heap: mebibytes(heapUsed + external), rss: mebibytes(rss), sockets }
  process.stdout.write(`${JSON.stringify(line)}\n`)
})
