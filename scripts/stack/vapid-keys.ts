import { readFile, writeFile } from 'node:fs/promises'
import { newVapidKeys } from '../../src/adapters/push/vapid.ts'

/** The keys by which a stack shows push services who it is. */
export type StackVapidKeys = ReturnType<typeof newVapidKeys>

/** Returns the keys in this file; made and kept there when there are none yet: browsers tie their subscriptions to them. */
export async function keptVapidKeys(file: string): Promise<StackVapidKeys> {
  try {
    return JSON.parse(await readFile(file, 'utf8')) as StackVapidKeys
  } catch (error) {
    if (!(error instanceof Error && 'code' in error && error.code === 'ENOENT')) throw error
  }
  const keys = newVapidKeys()
  await writeFile(file, JSON.stringify(keys), { mode: 0o600 })
  return keys
}

/** The settings of instances that wake devices: also those at push services on this machine. */
export function vapidSettings({ publicKey, privateKey }: StackVapidKeys): Record<string, string> {
  return {
    VAPID_PUBLIC_KEY: publicKey,
    VAPID_PRIVATE_KEY: privateKey,
    VAPID_SUBJECT: 'mailto:developer@example.org',
    WAKE_UP_PRIVATE_ADDRESSES: 'true',
  }
}
