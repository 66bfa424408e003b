import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import type { AuthorizeConnection, StartedFlow } from '@cardea/sdk'
import type { Page } from 'playwright-core'
import { expect } from 'vitest'
import { openBrowser, type TestBrowser } from '../browser.ts'

/** A person at a real browser, on a phone or not, on the way to a service and back. */
export interface ConsentBrowser extends TestBrowser {
  /** Every address at which this browser came back from a service, the last one last. */
  returns: string[]
  /** Looks at the page in two sizes, and keeps pictures for whoever wants to look: CARDEA_TEST_PICTURES names a folder. */
  look(page: Page, name: string): Promise<void>
  /** As the page of the dashboard does it: with the session and the cookies of this browser. */
  begin(page: Page, body: Omit<AuthorizeConnection, 'bind'>): Promise<StartedFlow>
  /** Begins, and goes where it is told to. */
  leave(page: Page, body: Omit<AuthorizeConnection, 'bind'>): Promise<StartedFlow>
  newPage(): Promise<Page>
}

const SIZES = { wide: { width: 1280, height: 860 }, phone: { width: 390, height: 844 } } as const
const pictures = process.env.CARDEA_TEST_PICTURES

export async function consentBrowser(url: string, prefix: string): Promise<ConsentBrowser> {
  const browser = await openBrowser(url)
  const returns: string[] = []
  browser.context.setDefaultTimeout(10_000)
  browser.context.on('request', (request) => {
    const to = request.url()
    if (to.startsWith(`${url}/oauth/callback?`) && returns.at(-1) !== to) returns.push(to)
  })

  async function begin(page: Page, body: Omit<AuthorizeConnection, 'bind'>): Promise<StartedFlow> {
    // Any page of ours; that this one says no more than that there is nothing is enough.
    if (!page.url().startsWith(`${url}/connect/`)) await page.goto(`${url}/connect/go/nothing`)
    const answer = await page.evaluate(
      async (text) => {
        const headers = { 'content-type': 'application/json' }
        const sent = await fetch('/v1/connections/authorize', { method: 'POST', headers, body: text })
        return { status: sent.status, text: await sent.text() }
      },
      JSON.stringify({ ...body, bind: 'browser' }),
    )
    if (answer.status >= 300) throw new Error(`${answer.status} ${answer.text}`)
    return JSON.parse(answer.text) as StartedFlow
  }

  return {
    ...browser,
    returns,
    begin,
    leave: async (page, body) => {
      const started = await begin(page, body)
      await page.goto(started.authorizeUrl!)
      return started
    },
    newPage: () => browser.context.newPage(),
    look: async (page, name) => {
      for (const [size, viewport] of Object.entries(SIZES)) {
        await page.setViewportSize(viewport)
        const overflows = await page.evaluate(
          'document.documentElement.scrollWidth > document.documentElement.clientWidth',
        )
        expect(overflows, `${name} is wider than a ${size} screen`).toBe(false)
        if (!pictures) continue
        mkdirSync(pictures, { recursive: true })
        for (const colorScheme of ['light', 'dark'] as const) {
          await page.emulateMedia({ colorScheme })
          await page.screenshot({
            path: join(pictures, `${prefix}-${name}-${size}-${colorScheme}.png`),
            fullPage: true,
          })
        }
      }
    },
  }
}

export interface Decides {
  person?: 'Ada' | 'Grace'
  without?: string
  says?: 'Allow' | 'Deny'
}

/** On the consent page of the sandbox, until the browser is back. */
export async function decide(page: Page, url: string, { person = 'Ada', without, says = 'Allow' }: Decides = {}) {
  await page.getByRole('radio', { name: person }).check()
  if (without !== undefined) await page.getByRole('checkbox', { name: without }).uncheck()
  await page.getByRole('button', { name: says }).click()
  await page.waitForURL((to) => to.href.startsWith(`${url}/`))
}
