import { Agent, request } from 'node:http'
import type { Socket } from 'node:net'
import { acknowledge } from './acknowledge.ts'
import type { Notification } from './client.ts'
import type { OpenStream } from './stream-client.ts'

/** Opens a stream of server-sent events. Its events are acknowledged with a request of their own. */
export const openEventStream: OpenStream = ({ url, query, headers, cursor }, listener) => {
  const agent = new Agent({ keepAlive: true })
  let socket: Socket | null = null
  let saidBye = false
  let isOver = false
  const over = (asSaid: boolean) => {
    if (isOver) return
    isOver = true
    listener.over(asSaid)
  }
  const asked = request(`${url}/notifications?${query}`, {
    agent: false,
    headers: { ...headers, accept: 'text/event-stream', ...(cursor === '' ? {} : { 'last-event-id': cursor }) },
  })
  asked.on('error', () => over(false))
  asked.on('close', () => {
    over(saidBye)
    agent.destroy()
  })
  asked.on('response', (response) => {
    socket = response.socket
    response.on('error', () => {})
    if (response.statusCode !== 200) return void asked.destroy()
    let rest = ''
    response.setEncoding('utf8')
    response.on('data', (chunk: string) => {
      const blocks = (rest + chunk).split('\n\n')
      rest = blocks.pop() ?? ''
      for (const block of blocks) {
        const { event, id, data } = fieldsOf(block)
        if (event === 'bye') saidBye = true
        else if (id !== undefined) listener.notification(id, JSON.parse(data ?? '') as Notification)
      }
    })
  })
  asked.end()
  return {
    acknowledge: (cursor) => acknowledge(url, { agent, headers }, { cursor }),
    destroy: () => void asked.destroy(),
    reset() {
      if (socket === null) asked.destroy()
      else socket.resetAndDestroy()
    },
  }
}

/** The service writes each field on one line. */
function fieldsOf(block: string): { readonly event?: string; readonly id?: string; readonly data?: string } {
  return Object.fromEntries(
    block.split('\n').map((line) => {
      const colon = line.indexOf(': ')
      return [line.slice(0, colon), line.slice(colon + 2)]
    }),
  )
}
