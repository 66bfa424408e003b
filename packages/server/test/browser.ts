import { existsSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import chromium from '@sparticuz/chromium'
import { type BrowserContext, type Page, chromium as playwright } from 'playwright-core'

/** A real browser, from the package registry: nothing is downloaded. */
export interface TestBrowser {
  page: Page
  context: BrowserContext
  /** What the console complained about, and every request that went elsewhere. */
  complaints: string[]
  close(): Promise<void>
}

export const dashboardFolder = join(import.meta.dirname, '../../dashboard/dist')
export const dashboardIsBuilt = existsSync(join(dashboardFolder, 'index.html'))

export async function openBrowser(origin: string): Promise<TestBrowser> {
  const profile = mkdtempSync(join(tmpdir(), 'cardea-browser-'))
  const context = await playwright.launchPersistentContext(profile, {
    executablePath: await chromium.executablePath(),
    args: [...chromium.args, '--no-sandbox', '--disable-background-networking'],
    headless: true,
    viewport: { width: 1280, height: 800 },
  })
  const complaints: string[] = []
  const page = context.pages()[0] ?? (await context.newPage())
  page.on('console', (message) => {
    // A refusal that the page explains is logged by the browser as well.
    const isRefusal = /Failed to load resource: the server responded with a status of 4\d\d/.test(message.text())
    if (message.type() === 'error' && !isRefusal) complaints.push(message.text())
  })
  page.on('pageerror', (error) => complaints.push(error.message))
  page.on('request', (request) => {
    if (!request.url().startsWith(origin)) complaints.push(`asked for ${request.url()}`)
  })
  return {
    page,
    context,
    complaints,
    close: async () => {
      await context.close()
      rmSync(profile, { recursive: true, force: true })
    },
  }
}
