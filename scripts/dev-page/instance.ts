/** An instance of the service as `npm start` runs it, with the page of `npm run dev` beside the contract. */
import { run } from '../../src/run.ts'
import { devPage } from './dev-page.ts'

await run(process.env, devPage(process.env.DEV_PAGE_FOLDER ?? ''))
