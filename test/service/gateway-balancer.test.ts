import t from 'tap'
import { withInstancesHere } from '../support/service-here.ts'
import { startWorld } from '../support/world.ts'
import { reachesWanderers } from './gateway-balancer.ts'

const world = withInstancesHere(await startWorld(t))
reachesWanderers(t, world, await Promise.all([world.peer(t), world.peer(t), world.peer(t)]), 30)
