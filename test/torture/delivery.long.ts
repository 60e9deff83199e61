import t from 'tap'
import { tortureWhole } from './torture.ts'

await tortureWhole(t)
