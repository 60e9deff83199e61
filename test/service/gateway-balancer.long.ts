import t from 'tap'
import { startWorld } from '../support/world.ts'
import { reachesWanderers } from './gateway-balancer.ts'

const world = await startWorld(t)
reachesWanderers(t, world, await Promise.all([world.peer(t), world.peer(t), world.peer(t)]), 60)
