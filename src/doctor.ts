/**
 * `npm run doctor`: looks at everything that an instance with the settings of this environment would rely on, changes
 * nothing, and says what to mend.
 */
import { exitCodes, runCommand, wholeNumber } from './command-line.ts'
import { examine } from './doctor/examine.ts'
import { report } from './doctor/report.ts'

process.exitCode = await runCommand(
  {
    name: 'npm run doctor',
    about: 'Looks at settings, database, queues, issuer, peers and balancer, and says what to mend.',
    options: {
      token: { about: 'judge this token as the service would', value: 'TOKEN' },
      'balancer-idle-seconds': { about: 'how long the balancer in front keeps idle connections', value: 'N' },
      json: { about: 'print the findings as JSON' },
    },
  },
  ({ values }) => {
    const idle = values['balancer-idle-seconds']
    const range = { from: 1, to: 86_400 }
    return {
      token: values.token ?? null,
      balancerIdleSeconds: idle === undefined ? null : wholeNumber('balancer-idle-seconds', idle, range),
      json: values.json,
    }
  },
  async ({ json, ...asked }) => {
    const findings = await examine(process.env, asked)
    console.log(json ? JSON.stringify(findings, null, 2) : report(findings))
    return findings.some(({ state }) => state === 'fail') ? exitCodes.failure : exitCodes.ok
  },
)
