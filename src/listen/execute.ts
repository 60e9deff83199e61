import { spawn } from 'node:child_process'
import { once } from 'node:events'
import type { Notification } from '../clients/javascript/client.js'
import { bytesOf } from './body.ts'

interface Needs {
  readonly command: string
  /** Null: no limit. */
  readonly timeoutMs: number | null
  /** Kills the command. */
  readonly signal: AbortSignal
}

/**
 * Runs a command in a shell, with the bytes of a notification on its standard input and the members in its environment, which
 * has no `TOKEN`. Rejects unless it ends with the exit code 0.
 */
export async function execute(notification: Notification, { command, timeoutMs, signal }: Needs): Promise<void> {
  const child = spawn(command, {
    shell: true,
    // A group of its own: Ctrl-C in a terminal reaches every process of a group, and would end what is under way.
    detached: process.platform !== 'win32',
    stdio: ['pipe', 'inherit', 'inherit'],
    // The token is for this command alone: the one that runs acts on what others send, and may log its environment.
    env: { ...process.env, TOKEN: undefined, ...environmentOf(notification) },
  })
  const kill = () => {
    if (child.pid === undefined) return
    try {
      process.kill(process.platform === 'win32' ? child.pid : -child.pid, 'SIGKILL')
    } catch {
      // The command has ended by itself.
    }
  }
  const timer = timeoutMs === null ? undefined : setTimeout(kill, timeoutMs)
  signal.addEventListener('abort', kill)
  try {
    // A command need not read its input.
    child.stdin.on('error', () => {}).end(bytesOf(notification))
    const [code, endedBy] = (await once(child, 'exit')) as [number | null, NodeJS.Signals | null]
    if (code !== 0) throw new Error(code === null ? `it was ended by ${endedBy}` : `its exit code was ${code}`)
  } finally {
    clearTimeout(timer)
    signal.removeEventListener('abort', kill)
  }
}

function environmentOf(notification: Notification): Readonly<Record<string, string>> {
  const { id, addressee, subject, contentType, sentAt, deliveryCount, correlationId, expiresAt } = notification
  return {
    NOTIFICATION_ID: id,
    NOTIFICATION_ADDRESSEE: addressee,
    NOTIFICATION_SUBJECT: subject,
    NOTIFICATION_CONTENT_TYPE: contentType ?? '',
    NOTIFICATION_SENT_AT: sentAt,
    NOTIFICATION_DELIVERY_COUNT: String(deliveryCount),
    NOTIFICATION_CORRELATION_ID: correlationId ?? '',
    NOTIFICATION_EXPIRES_AT: expiresAt ?? '',
  }
}
