import type * as Wire from '@cardea/sdk'
import type { Executed, Previewed, SeenAction } from '../actions/actions.ts'
import type { Caller } from '../actor.ts'
import { explanation } from './present-policies.ts'

/** Actions as JSON. What a service answered has been searched for the credential. */
export function action({ scopes, methods, mail, input, ...seen }: SeenAction): Wire.Action {
  const { identifier, service, title, does, method, path } = seen
  return {
    ...{ identifier, service, title, does, method, path },
    mail: mail ?? null,
    scopes: [...scopes],
    methods: methods ? [...methods] : null,
    input,
  }
}

export function executed({ requestId }: Caller, of: Executed): Wire.ExecutedAction {
  const { status, headers, output, encoding, part } = of
  return { dryRun: false, status, headers, output, encoding, part, requestId }
}

export function previewed({ requestId }: Caller, of: Previewed): Wire.PreviewedAction {
  const { method, address, headers, body, credentialIn, missingScopes, policies } = of
  return {
    dryRun: true,
    ...{ method, address, headers, body, credentialIn },
    missingScopes: [...missingScopes],
    policies: explanation(policies),
    requestId,
  }
}
