import t from 'tap'
import { meetsNoClosing } from './idle-connections.ts'

await meetsNoClosing(t, [-5, 0, 5], 10)
