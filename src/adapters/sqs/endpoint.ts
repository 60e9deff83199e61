import { ListQueuesCommand, type SQSClientResolvedConfig } from '@aws-sdk/client-sqs'
import { getEndpointFromInstructions } from '@smithy/core/endpoints'
import type { EndpointV2 } from '@smithy/types'

/**
 * Returns the endpoint of a client's calls as the SDK finds it: from code, the environment, the profile or the region. It is
 * the same for all calls, since clients do not take the host of a queue URL for it. Rejects when there is no region.
 */
export function endpointOf(config: SQSClientResolvedConfig): Promise<EndpointV2> {
  // The SDK writes what it finds into the configuration that it is given: into a copy here, as its own middleware does.
  return getEndpointFromInstructions({}, ListQueuesCommand, { ...config } as object)
}
