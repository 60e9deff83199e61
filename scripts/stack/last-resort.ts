import { type ChildProcess, spawn } from 'node:child_process'
import type { Writable } from 'node:stream'

/**
 * Reads lines, each the whole list of what must not outlive this process, until the pipe closes, which the kernel sees
 * to however this process ends. Then it ends the processes of the last list and removes its folders: a process that is
 * still ending may write to its folder meanwhile, so removing is tried for a while.
 */
const watcher = `
set -f
IFS='\t'
while read -r line; do wards=$line; done
for ward in $wards; do
  case $ward in /*) ;; *) kill -s "\${ward%%:*}" -- "\${ward#*:}" ;; esac
done
for ward in $wards; do
  case $ward in /*) for try in 1 2 3 4 5 6 7 8 9; do chmod -R u+w -- "$ward"; rm -rf -- "$ward" && break; sleep 0.3; done ;; esac
done
`

/** Things that must not outlive this process: `SIGNAL:pid` (a negative pid is a process group) or the path of a folder. */
const wards = new Map<symbol, string>()
let list: Writable | null = null

/**
 * Ends another process when this one is gone without having stopped it: on an uncaught error, on a second Ctrl-C that
 * leaves no time, on SIGKILL. The returned function is called once that process has been stopped in good order.
 */
export function endWithThisProcess(pid: number, signal: NodeJS.Signals): () => void {
  return guard(`${signal.replace('SIG', '')}:${pid}`)
}

/** Removes a folder when this process is gone without having removed it. The returned function is called once it has. */
export function removeWithThisProcess(folder: string): () => void {
  return guard(folder)
}

/** Ends a child, and the process group that it may lead, when this process is gone without having stopped it. */
export function ward<Child extends ChildProcess>(child: Child): Child {
  // One that could not be spawned has no id, and tells of it by its own event.
  if (child.pid === undefined) return child
  const releases = [child.pid, -child.pid].map((pid) => endWithThisProcess(pid, 'SIGKILL'))
  child.once('exit', () => {
    for (const release of releases) release()
  })
  return child
}

function guard(ward: string): () => void {
  const key = Symbol()
  wards.set(key, ward)
  tell()
  return () => {
    if (wards.delete(key)) tell()
  }
}

function tell(): void {
  list ??= startWatcher()
  list.write(`${[...wards.values()].join('\t')}\n`)
}

/** In a session of its own, where no signal that is meant for this process reaches it. */
function startWatcher(): Writable {
  const child = spawn('/bin/sh', ['-c', watcher], { stdio: ['pipe', 'ignore', 'ignore'], detached: true, cwd: '/' })
  // It lasts exactly as long as this process, which has nothing to wait for.
  child.unref()
  const { stdin } = child as ChildProcess & { stdin: Writable & { unref(): void } }
  stdin.unref()
  stdin.on('error', () => {})
  return stdin
}
