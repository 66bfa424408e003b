/** A person's browser, as far as the pages of the sandbox need one: cookies with their paths, forms, and no script. */
export interface Visitor {
  /** Follows redirects on this origin; what leaves it is the answer's `left`. */
  open(address: string, form?: Readonly<Record<string, string>> | URLSearchParams): Promise<Seen>
  cookiesFor(path: string): string
}
export interface Seen {
  status: number
  address: string
  text: string
  headers: Headers
  /** Where the browser would go on, elsewhere. */
  left?: string
}

export interface Says {
  person?: string
  /** Those that stay ticked; by default all. */
  scopes?: readonly string[]
  says?: 'allow' | 'deny'
}

export function createVisitor(): Visitor {
  const jar: { name: string; value: string; path: string }[] = []
  const cookiesFor = (path: string) =>
    jar
      .filter((cookie) => path.startsWith(cookie.path))
      .map(({ name, value }) => `${name}=${value}`)
      .join('; ')

  function keep(lines: readonly string[]): void {
    for (const line of lines) {
      const [, name = '', value = ''] = /^([^=]+)=([^;]*)/.exec(line) ?? []
      const path = /;\s*path=([^;]+)/i.exec(line)?.[1] ?? '/'
      const at = jar.findIndex((cookie) => cookie.name === name && cookie.path === path)
      if (at >= 0) jar.splice(at, 1)
      if (value !== '') jar.push({ name, value, path })
    }
  }

  return {
    cookiesFor,
    open: async (address, form) => {
      const { origin } = new URL(address)
      let [next, body] = [address, form && new URLSearchParams(form)]
      for (let steps = 0; steps < 10; steps++) {
        const url = new URL(next)
        const answer = await fetch(url, {
          method: body ? 'POST' : 'GET',
          redirect: 'manual',
          headers: { cookie: cookiesFor(url.pathname), ...(body ? { origin } : {}) },
          ...(body ? { body } : {}),
        })
        keep(answer.headers.getSetCookie())
        const text = await answer.text()
        const seen = { status: answer.status, address: next, text, headers: answer.headers }
        const refreshed = /<meta http-equiv="refresh" content="0; url=([^"]+)">/.exec(text)?.[1]
        const to = answer.headers.get('location') ?? (refreshed && unescaped(refreshed))
        if (!to) return seen
        next = new URL(to, next).href
        body = undefined
        if (new URL(next).origin !== origin) return { ...seen, left: next }
      }
      throw new Error(`${address} goes round in circles`)
    },
  }
}

/** What a person does on the consent page that is shown. */
export async function answerConsent(visitor: Visitor, shown: Seen, how: Says = {}): Promise<Seen> {
  const { person = 'ada@sandbox.example', says = 'allow' } = how
  const ids = [...shown.text.matchAll(/name="person" value="([^"]+)"[^>]*><span>[^<]*<small>([^<]+)</g)]
  const chosen = ids.find(([, , email]) => email === person)?.[1]
  if (!chosen) throw new Error(`no consent page with ${person}: ${shown.status} ${shown.text.slice(0, 500)}`)
  const offered = [...shown.text.matchAll(/name="scope" value="([^"]+)"/g)].map(([, scope]) => scope!)
  const form = new URLSearchParams({ person: chosen, says })
  for (const scope of offered) if (!how.scopes || how.scopes.includes(scope)) form.append('scope', scope)
  return visitor.open(shown.address, form)
}

/** From an authorization address to where the browser comes back. */
export async function consentAt(address: string, how: Says = {}, visitor: Visitor = createVisitor()): Promise<URL> {
  const shown = await visitor.open(address)
  const seen = shown.left ? shown : await answerConsent(visitor, shown, how)
  if (!seen.left) throw new Error(`the browser did not come back: ${seen.status} ${seen.text.slice(0, 500)}`)
  return new URL(seen.left)
}

/** Types the code of a device, and consents. */
export async function enterCode(issuer: string, userCode: string, how: Says = {}): Promise<Seen> {
  const visitor = createVisitor()
  const entry = await visitor.open(`${issuer}/device?user_code=${encodeURIComponent(userCode)}`)
  const confirmed = await visitor.open(`${issuer}/device`, hidden(entry, { user_code: userCode }))
  if (!confirmed.text.includes('name="confirm"')) return confirmed
  const shown = await visitor.open(`${issuer}/device`, hidden(confirmed, { user_code: userCode, confirm: 'yes' }))
  return answerConsent(visitor, shown, how)
}

export function hidden({ text }: Seen, more: Readonly<Record<string, string>> = {}): Record<string, string> {
  const xsrf = /name="xsrf" value="([^"]*)"/.exec(text)?.[1] ?? ''
  return { xsrf, ...more }
}

function unescaped(text: string): string {
  return text.replace(/&#(\d+);/g, (_, code: string) => String.fromCharCode(Number(code)))
}
