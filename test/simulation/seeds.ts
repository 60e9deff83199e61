/**
 * Seeds that have found something, and what it was; they are played at every test run. A seed stands for its run only as
 * long as the simulated world stays as it is: whoever changes that finds them again with the mutants, which have all of these
 * faults.
 */
export const seeds: Readonly<Record<1 | 2, Readonly<Record<number, string>>>> = {
  1: {
    39: 'a message shown again, while its old lease was still here, was sent on again and again by a lease that nobody held',
    144: 'after a pause over the end of a grace, a response was acknowledged whose failure waited to be read',
    469: 'stored notifications that were read before their deletion were handed over again',
  },
  2: {
    60: 'a client that came back during the last receive of its queue was not received for',
  },
}
