/**
 * Seeds that have found something, and what it was; they are played at every test run. A seed stands for its run only as
 * long as the simulated world stays as it is: whoever changes that finds them again with the mutants, which have all of these
 * faults.
 */
export const seeds: Readonly<Record<1 | 2, Readonly<Record<number, string>>>> = {
  1: {
    35: 'a message shown again, while its old lease was still here, was sent on again and again by a lease that nobody held',
    39: 'the same, until it was a dead letter',
    416: 'stored notifications that were read before their deletion, and answered after it, were handed over once more',
    435: 'the same',
    1883: 'after a pause over the end of a grace, a response was acknowledged whose failure waited to be read',
    2326: 'the same',
  },
  2: {
    3416: 'a shutdown did not wait for what had ended after the last receive of its queue',
    6027: 'the same',
  },
}
