/** A suite that is skipped as a whole. */
import t from 'tap'

t.plan(0, 'there is nothing to run')
