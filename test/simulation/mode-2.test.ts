import t from 'tap'
import { testSimulation } from './properties.ts'

testSimulation(t, 2, 60)
