import type { IncomingMessage, ServerResponse } from 'node:http'
import type { Provider } from 'oidc-provider'
import type { Clock } from '../clock.ts'
import type { Logger } from '../log.ts'
import { createApi, wrong } from './api.ts'
import { createConsent } from './consent.ts'
import { createDevicePages } from './device-pages.ts'
import { createHome } from './home.ts'
import type { Levers } from './levers.ts'
import { HEADERS } from './page.ts'
import type { People } from './people.ts'
import { createProvider, type ProviderOptions } from './provider.ts'
import { answerJson, TooLarge } from './wire.ts'

/** Everything behind the port: which path is whose, and what every answer says to browsers. */
export interface DoorOptions extends Omit<ProviderOptions, 'pages' | 'person'> {
  people: People
  levers: Levers
  clock: Clock
  log: Pick<Logger, 'error'>
}
export interface Door {
  provider: Provider
  handle(request: IncomingMessage, response: ServerResponse): void
}

export function createDoor({ people, levers, clock, log, ...options }: DoorOptions): Door {
  const { issuer } = options
  const typed = new WeakMap<IncomingMessage, string>()
  const provider = createProvider({
    ...options,
    person: (id) => people.find((person) => person.id === id),
    pages: createDevicePages((request) => typed.get(request)),
  })
  provider.on('server_error', (_ctx: unknown, error: unknown) => log.error('the sandbox broke', { error }))
  const oauth = provider.callback()
  const consent = createConsent({ provider, people })
  const home = createHome({ issuer, people, levers })
  const api = createApi({ provider, people, clock })
  const ownHost = new URL(issuer).host

  async function answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    for (const [name, value] of Object.entries(HEADERS)) response.setHeader(name, value)
    // A name that another site has pointed here would be that site to a browser (DNS rebinding).
    if (request.headers.host !== ownHost) return answerJson(response, 421, wrong('misdirected', `Use ${issuer}.`))
    const url = URL.parse(request.url ?? '/', issuer)
    if (!url) return answerJson(response, 400, wrong('bad_address', 'This is no address.'))
    const { pathname } = url
    if (pathname === '/' || pathname === '/levers') return home(request, response)
    if (pathname.startsWith('/consent/')) return consent(request, response)
    if (pathname.startsWith('/api/')) return api(request, response, url)
    if (pathname === '/.well-known/oauth-authorization-server') request.url = '/.well-known/openid-configuration'
    // The library would send the code on by a script; here the person sees it filled in.
    if (pathname === '/device' && request.method === 'GET') {
      typed.set(request, (url.searchParams.get('user_code') ?? '').slice(0, 40))
      request.url = '/device'
    }
    return oauth(request, response)
  }

  return {
    provider,
    handle: (request, response) => {
      answer(request, response).catch((error: unknown) => {
        if (response.headersSent || response.destroyed) return response.destroy()
        if (error instanceof TooLarge) return answerJson(response, 413, wrong('too_large', error.message))
        log.error('the sandbox broke', { error })
        return answerJson(response, 500, wrong('broken', 'The sandbox broke.'))
      })
    },
  }
}
