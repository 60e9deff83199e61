import t from 'tap'
import { meetsNoClosing } from './idle-connections.ts'

await meetsNoClosing(t, [-20, -10, 10, 20])
