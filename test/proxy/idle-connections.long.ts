import t from 'tap'
import { meetsNoClosing } from './idle-connections.ts'

await meetsNoClosing(t, [-20, -10, -5, 0, 5, 10, 20], 30)
