import type { TokenAnswer } from '@cardea/catalog'
import * as standard from 'oauth4webapi'
import { Problem } from '../errors.ts'
import type { Obtained } from './answer.ts'
import { asResponse } from './discovery.ts'
import { clientIdOf, type Party, valuesOf } from './party.ts'

/** The words of the method, for an answer of its token endpoint. */
export function answerWords({ method }: Party): TokenAnswer {
  return ('answer' in method.obtain ? method.obtain.answer : undefined) ?? {}
}

/** Claims made for another client are nobody's here. */
export function withOwnClaims(obtained: Obtained, party: Party): Obtained {
  const { claims, ...rest } = obtained
  const id = clientIdOf(party)
  return claims && id !== undefined && [claims.aud].flat().includes(id) ? obtained : rest
}

/** Of a discovered server: made by it, for us, and still valid. */
export async function checkIdToken(obtained: Obtained, party: Party, issuer: string): Promise<void> {
  const idToken = obtained.secrets.idToken
  if (!idToken) return
  const text = valuesOf(party, {}, { idToken }).idToken
  const body = JSON.stringify({ access_token: 'checked elsewhere', token_type: 'bearer', id_token: text })
  try {
    const response = asResponse({ status: 200, headers: {}, body })
    await standard.processGenericTokenEndpointResponse({ issuer }, { client_id: clientIdOf(party) ?? '' }, response)
  } catch (error) {
    if (error instanceof standard.UnsupportedOperationError || error instanceof standard.OperationProcessingError) {
      throw new Problem('oauth.issuer_mismatch')
    }
    throw error
  }
}
