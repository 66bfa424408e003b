import type { Browser } from '../app.ts'

/** A browser without scripts: keeps cookies, follows links and redirects on this server, sends the forms that it was given. */
export interface Visitor {
  open(address: string): Promise<Shown>
  send(address: string, fields: Record<string, string>, headers?: Record<string, string>): Promise<Shown>
  cookies: Map<string, string>
}

export interface Shown {
  status: number
  url: string
  text: string
  headers: Headers
  /** Where it was sent on the way, the last first; addresses elsewhere are not asked for. */
  wentTo: string | undefined
  proof: string
}

export function visitor(origin: string, signedInAs?: Pick<Browser, 'cookie'>): Visitor {
  const cookies = new Map<string, string>()
  for (const pair of signedInAs?.cookie().split('; ') ?? []) {
    const [name = '', ...value] = pair.split('=')
    cookies.set(name, value.join('='))
  }
  const go = async (address: string, init: RequestInit): Promise<Shown> => {
    const headers = new Headers(init.headers)
    headers.set('accept', 'text/html,application/xhtml+xml,*/*;q=0.8')
    if (cookies.size > 0) headers.set('cookie', [...cookies].map(([name, value]) => `${name}=${value}`).join('; '))
    const answer = await fetch(address, { ...init, headers, redirect: 'manual' })
    for (const line of answer.headers.getSetCookie()) {
      const [pair = ''] = line.split(';')
      const [name = '', ...value] = pair.split('=')
      if (/max-age=0(;|$)/i.test(line)) cookies.delete(name)
      else cookies.set(name, value.join('='))
    }
    const location = answer.headers.get('location')
    if (location !== null) {
      const to = new URL(location, address).href
      if (!to.startsWith(`${origin}/`)) {
        return { status: answer.status, url: address, text: '', headers: answer.headers, wentTo: to, proof: '' }
      }
      return go(to, { method: 'GET' })
    }
    const text = await answer.text()
    const proof = /name="proof" value="([^"]*)"/.exec(text)?.[1] ?? ''
    return { status: answer.status, url: address, text, headers: answer.headers, wentTo: undefined, proof }
  }
  return {
    cookies,
    open: (address) => go(address, { method: 'GET' }),
    send: (address, fields, headers = {}) =>
      go(address, { method: 'POST', body: new URLSearchParams(fields), headers: { origin, ...headers } }),
  }
}

/** Begins with a link: the landing page, then its button. */
export async function begun(browser: Visitor, link: string): Promise<Shown> {
  await browser.open(link)
  return browser.send(link, { action: 'begin' })
}
