import { fileURLToPath } from 'node:url'

/** The checkout. */
export const projectFolder = fileURLToPath(new URL('../../', import.meta.url))
/** The entry that `npm start` runs. */
export const serviceEntry = fileURLToPath(new URL('../../src/main.ts', import.meta.url))
/** The same, but `/` leads to the page of `npm run dev`. */
export const pageEntry = fileURLToPath(new URL('../dev-page/instance.ts', import.meta.url))
