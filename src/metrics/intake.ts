import type { IntakeCounters } from '../delivery/intake/intake-queue.ts'
import type { Families } from './families.ts'

/** Adds the metrics of the intake queue, which are zero for an instance without one. */
export function addIntake(families: Families, intake: Readonly<IntakeCounters>): void {
  families.gauge(
    { name: 'intake_under_way', help: 'Notifications of the intake queue that are being passed on.' },
    () => intake.underWay,
  )
  families.counter(
    { name: 'intake_sent_on', help: 'Notifications of the intake queue sent to the instance of their client.' },
    () => intake.sentOn,
  )
  families.counter(
    { name: 'intake_kept', help: "Notifications of the intake queue stored, or sent to their client's queue." },
    () => intake.kept,
  )
  families.counter(
    { name: 'intake_errors', help: 'Failures to pass on a notification of the intake queue.' },
    () => intake.failed,
  )
  families.counter(
    { name: 'intake_left', help: 'Notifications left in the intake queue, which shows them again.' },
    () => intake.left,
  )
}
