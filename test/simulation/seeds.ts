/**
 * Seeds that have found something, and what it was; they are played at every test run. A seed stands for its run only as
 * long as the simulated world stays as it is: whoever changes that finds them again with `mutants.ts`, which has all of
 * these faults.
 */
export const seeds: Readonly<Record<number, string>> = {
  15: 'a message shown again, while its old lease was still here, was sent on again and again by a lease that nobody held',
  48: 'the same, until it was a dead letter',
  362: 'stored notifications that were read before their deletion, and answered after it, were handed over once more',
  442: 'the same',
  1624: 'after a pause over the end of a grace, a response was acknowledged whose failure waited to be read',
  1776: 'the same',
}
