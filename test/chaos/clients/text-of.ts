import type { IncomingMessage } from 'node:http'

/** The whole body; rejects when the connection ends before. */
export async function textOf(response: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = []
  for await (const chunk of response) chunks.push(chunk)
  return Buffer.concat(chunks).toString()
}
