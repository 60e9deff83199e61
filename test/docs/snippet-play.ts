import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'
import type { Test } from 'tap'
import { ward } from '../../scripts/stack/last-resort.ts'
import { blockWith, inCheckout } from './blocks.ts'

const root = fileURLToPath(new URL('../../', import.meta.url))

/** Text that is being written. */
class Written {
  stdout = ''
  stderr = ''
  #told = () => {}

  add(to: 'stdout' | 'stderr', text: string): void {
    this[to] += text
    this.#told()
  }

  /** Resolves when the text was written to stdout. */
  async includes(text: string): Promise<void> {
    while (!this.stdout.includes(text)) {
      await new Promise<void>((resolve) => {
        this.#told = resolve
      })
    }
  }
}

/** A snippet that runs against one server. */
interface Running {
  readonly written: Written
  /** Resolves when the snippet has ended by itself. */
  readonly ended: Promise<unknown>
}

/** Runs a snippet against each of the servers at once; the result finds what became of it there. */
export type Play = (t: Pick<Test, 'teardown'>, urls: readonly string[]) => (url: string) => Running

/** Starts a program that ends with the test, and with it all that it has started. */
function start(t: Pick<Test, 'teardown'>, [program = '', ...args]: readonly string[], env: NodeJS.ProcessEnv) {
  const child = ward(
    spawn(program, args, {
      cwd: root,
      env: { ...process.env, ...env },
      stdio: ['ignore', 'pipe', 'pipe'],
      detached: true,
    }),
  )
  const ended = once(child, 'close')
  t.teardown(async () => {
    if (child.exitCode === null && child.signalCode === null) process.kill(-(child.pid ?? 0), 'SIGKILL')
    await ended
  })
  child.stdout.setEncoding('utf8')
  child.stderr.setEncoding('utf8')
  return { child, ended }
}

/** Plays a shell block as somebody does who pastes it into a terminal. */
export function playShell(page: string, words: string): Play {
  return (t, urls) => {
    const scenes = new Map<string, Running>()
    for (const url of urls) {
      const text = blockWith(words, page)
        .text.replaceAll(/\$\(npm run [^)]*\)/g, 'token')
        .replaceAll('http://127.0.0.1:8080', url)
      const { child, ended } = start(t, ['bash', '-c', text], { TOKEN: 'token', CALLBACK: `${url}/callback/secret` })
      const written = new Written()
      for (const name of ['stdout', 'stderr'] as const) child[name].on('data', (piece) => written.add(name, piece))
      scenes.set(url, { written, ended })
    }
    return (url) => found(scenes, url)
  }
}

/**
 * Plays JavaScript blocks, one after the other, with what a page has around them: `url`, `getToken`, `show`. One process
 * plays them for all servers.
 */
export function playScript(page: string, words: readonly string[], before = '', after = ''): Play {
  const blocks = words
    .map((text) => inCheckout(blockWith(text, page).text))
    .join('\n')
    .replaceAll(/^import (.*) from '(.*)'$/gm, "const $1 = await import('$2')")
  return (t, urls) => {
    const program = `
      const play = async (url) => {
        const tell = (to) => (...said) => process.stdout.write(JSON.stringify({ url, to, text: said.join(' ') + '\\n' }) + '\\n')
        const console = { log: tell('stdout'), warn: tell('stderr') }
        const getToken = async () => 'token'
        const session = { accessToken: getToken }
        const show = ({ id }) => console.log(id)
        ${before}
        try {
          ${blocks.replaceAll("'https://notifications.example.org'", 'url')}
          ${after}
        } catch (error) {
          console.warn(error.message)
          tell('ended')()
        }
      }
      await Promise.all(${JSON.stringify(urls)}.map(play))`
    const options = ['--experimental-eventsource', '--no-warnings', '--input-type=module', '--eval', program]
    const { child } = start(t, [process.execPath, ...options], { AWS_REGION: 'us-east-1' })
    const scenes = new Map(urls.map((url) => [url, { written: new Written(), ...Promise.withResolvers<void>() }]))
    let rest = ''
    child.stdout.on('data', (piece: string) => {
      const lines = (rest + piece).split('\n')
      rest = lines.pop() ?? ''
      for (const line of lines) {
        const { url, to, text } = JSON.parse(line)
        const { written, resolve } = found(scenes, url)
        if (to === 'ended') resolve()
        else written.add(to, text)
      }
    })
    // An error that nobody catches ends all of them.
    child.stderr.on('data', (piece: string) => {
      throw new Error(piece)
    })
    return (url) => {
      const { written, promise } = found(scenes, url)
      return { written, ended: promise }
    }
  }
}

function found<Scene>(scenes: ReadonlyMap<string, Scene>, url: string): Scene {
  const scene = scenes.get(url)
  if (scene === undefined) throw new Error(`nothing plays at ${url}`)
  return scene
}
