import t from 'tap'
import { comparesStandIn, playBlocks } from './commands.ts'

t.test('the commands of the pages are started as npm starts them', comparesStandIn)

t.test('every block of every page does what the page says, beside npm run dev', (t) => playBlocks(t, []))
