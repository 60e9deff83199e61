import t from 'tap'
import { tortureBriefly } from './torture.ts'

await tortureBriefly(t)
