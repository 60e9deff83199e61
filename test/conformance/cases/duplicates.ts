import { type Case, expect } from '../case.ts'
import { notification } from '../service/notification.ts'
import type { Step } from '../service/stand-in-service.ts'
import { delivered } from './delivering.ts'

/** Hands these notifications over again, whether they are acknowledged or not, beside those that wait. */
const again =
  (...ids: readonly string[]): Step =>
  (exchange, service) => {
    service.acknowledge(service.idsOf(exchange.carried) ?? [])
    service.publish(...ids)
    return service.serve(exchange)
  }

export const duplicateCases: readonly Case[] = [
  {
    name: 'a repeat is dropped, and acknowledged',
    requires: ['P-DUP-1'],
    play: async (world) => {
      const { client, service, until } = world
      service.publish('n-1')
      service.steps.push((exchange, service) => service.serve(exchange), again('n-1'))
      client.start({ wait: 2 })
      await until('n-1 is acknowledged twice', () => service.acknowledged.filter((id) => id === 'n-1').length >= 2)
      service.publish('n-2')
      await delivered(world, 'n-2')
      expect(client.ids.join() === 'n-1,n-2', `P-DUP-1: the application got ${client.ids.join()}`)
    },
  },
  {
    name: 'a repeat within one response is dropped',
    requires: ['P-DUP-1'],
    play: async (world) => {
      const { client, service } = world
      service.publish('n-1')
      service.steps.push((exchange, service) => {
        const { notifications, cursor } = service.handOver(exchange)
        exchange.json(200, { notifications: [...notifications, ...notifications], cursor, more: false })
      })
      client.start()
      await delivered(world, 'n-1')
      expect(client.ids.length === 1, 'P-DUP-1: n-1 was handed over twice')
    },
  },
  {
    name: 'a repeat beside news is dropped, and the news is not',
    requires: ['P-DUP-1'],
    play: async (world) => {
      const { client, service } = world
      service.publish('n-1')
      service.steps.push((exchange, service) => service.serve(exchange), again('n-1', 'n-2'))
      client.start({ wait: 2 })
      await delivered(world, 'n-2')
      service.publish('n-3')
      await delivered(world, 'n-3')
      expect(client.ids.join() === 'n-1,n-2,n-3', `P-DUP-1: the application got ${client.ids.join()}`)
      expect(service.waiting.size === 0, 'P-DUP-1: a repeat was not acknowledged')
    },
  },
  {
    name: 'a repeat is known among a hundred others',
    requires: ['P-DUP-2'],
    seconds: 2,
    play: async (world) => {
      const ids = Array.from({ length: 100 }, (_, index) => `n-${index}`)
      world.service.publish(...ids)
      world.client.start({ wait: 2 })
      await delivered(world, ...ids)
      world.service.publish('n-0', 'last')
      await delivered(world, 'last')
      expect(world.client.handed.length === 101, 'P-DUP-2: n-0 was handed over twice')
    },
  },
  {
    name: 'notifications with the same content and different ids are different',
    requires: ['P-DUP-4'],
    play: async (world) => {
      const body = 'the same'
      world.service.publish(
        notification('n-1', { body }),
        notification('n-11', { body }),
        notification('N-1', { body }),
      )
      world.client.start()
      await delivered(world, 'n-1', 'n-11', 'N-1')
    },
  },
  {
    name: 'a notification whose response was lost comes again and is handed over',
    requires: ['P-DUP-3'],
    play: async (world) => {
      const { service, client } = world
      service.publish('n-1')
      service.steps.push((exchange, service) => {
        const body = JSON.stringify(service.handOver(exchange))
        exchange.response.writeHead(200, { 'content-type': 'application/json', 'content-length': String(body.length) })
        exchange.response.write(body.slice(0, -3))
        setTimeout(() => exchange.reset(), 50)
      })
      client.start({ wait: 2 })
      await delivered(world, 'n-1')
      expect(client.ids.length === 1, 'P-DUP-1: n-1 was handed over twice')
    },
  },
]
