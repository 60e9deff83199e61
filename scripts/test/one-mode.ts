/**
 * The name of the environment variable by which `npm test` without files, which has to be quick, lets suites that are alike in
 * every mode play one of them. `npm run check` plays them all.
 */
export const oneMode = 'TEST_ONE_MODE'
