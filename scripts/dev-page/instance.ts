/** An instance of the service as `npm start` runs it, but its `/` leads to the page of `npm run dev`. */
import { run } from '../../src/run.ts'

const page = process.env.DEV_PAGE_URL ?? ''

await run(process.env, async (app) => {
  app.get('/', async ({ url }, reply) => reply.redirect(page + url.replace(/^[^?]*/, '/')))
})
