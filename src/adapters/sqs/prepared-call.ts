import type { SQSClientResolvedConfig } from '@aws-sdk/client-sqs'
import type { HttpRequest } from '@smithy/core/protocols'
import { endpointOf } from './endpoint.ts'

/** The parts of a call that are the same for all calls of one kind by one client. */
export interface PreparedCall {
  readonly target: ConstructorParameters<typeof HttpRequest>[0]
  readonly headers: Readonly<Record<string, string>>
  /** For the signer: region and service where the endpoint names them, else those of the client. */
  readonly signing: Readonly<Record<string, unknown>>
  /**
   * Tells the SDK's retries of a call that succeeded at once, without them: they make ids, tokens and errors for each call
   * beforehand. Null when they may make a first attempt wait.
   */
  readonly succeeded: (() => void) | null
}

/** Finds the parts of all calls of this kind. Rejects when the region, the endpoint or a setting of the SDK cannot be read. */
export async function prepareCall(config: SQSClientResolvedConfig, operationName: string): Promise<PreparedCall> {
  const endpoint = await endpointOf(config)
  const { protocol, hostname, port, host, pathname } = endpoint.url
  const scheme = endpoint.properties?.authSchemes?.[0]
  return {
    target: {
      method: 'POST',
      protocol,
      hostname,
      ...(port === '' ? {} : { port: Number(port) }),
      path: pathname.endsWith('/') ? pathname : `${pathname}/`,
    },
    headers: {
      host,
      'content-type': 'application/x-amz-json-1.0',
      'x-amz-target': `AmazonSQS.${operationName}`,
      // Asks for the error codes of the older protocol, by which the SDK names its errors.
      'x-amzn-query-mode': 'true',
      'amz-sdk-request': `attempt=1; max=${await config.maxAttempts()}`,
      'user-agent': await userAgent(config),
    },
    signing: {
      context: { endpointV2: endpoint },
      ...(scheme === undefined ? {} : { signingRegion: scheme.signingRegion, signingName: scheme.signingName }),
    },
    succeeded: await successOf(config),
  }
}

/** Returns the end of a call that succeeded at once, where the SDK's retries do nothing before the first failure; else null. */
async function successOf(config: SQSClientResolvedConfig): Promise<(() => void) | null> {
  const strategy = await config.retryStrategy()
  if (!('recordSuccess' in strategy) || (strategy as { readonly mode?: unknown }).mode !== 'standard') return null
  const token = await strategy.acquireInitialRetryToken('')
  return () => strategy.recordSuccess(token)
}

/** Returns the SDK's name for itself, without the features that it counts in each call. */
async function userAgent(config: SQSClientResolvedConfig): Promise<string> {
  const appId = await config.userAgentAppId()
  const parts: (readonly (string | undefined)[])[] = [
    ...(await config.defaultUserAgentProvider()),
    ...(appId ? [['app', appId]] : []),
  ]
  return parts.map((part) => part.map((word = '') => word.replace(/[^!-~]/g, '-')).join('/')).join(' ')
}
