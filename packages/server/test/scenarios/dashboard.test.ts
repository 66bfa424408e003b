import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { dashboardIsBuilt, openBrowser, type TestBrowser } from '../browser.ts'
import { databaseName, freshDatabase, type TestDatabase } from '../database.ts'
import { type ServerProcess, startProcess } from '../server.ts'

const PASSWORD = 'a long sentence for ada'

describe.skipIf(!dashboardIsBuilt || process.platform !== 'linux')(
  `the dashboard in a real browser on ${databaseName} (needs Linux and a built dashboard)`,
  () => {
    let database: TestDatabase
    let server: ServerProcess
    let browser: TestBrowser
    beforeAll(async () => {
      database = await freshDatabase()
      server = await startProcess(database)
      browser = await openBrowser(server.url)
      browser.page.setDefaultTimeout(10_000)
    })
    afterAll(async () => {
      await browser?.close()
      await server?.kill()
      await database?.drop()
    })
    const see = (text: string | RegExp) => browser.page.getByText(text).first().waitFor()
    const press = (name: string | RegExp) => browser.page.getByRole('button', { name }).click()

    it('makes the first administrator by the printed link, whose token leaves the address bar at once', async () => {
      const { page } = browser
      await page.goto(`${server.url}/setup#token=${server.setupToken}`)
      await page.fill('[name=name]', 'Ada Lovelace')
      expect(page.url()).not.toContain('cardea_setup')
      await page.fill('[name=email]', 'ada@example.com')
      await page.fill('[name=password]', PASSWORD)
      await page.fill('[name=workspace]', 'Example')
      await page.keyboard.press('Enter')
      await see('What to do next')
    })

    it('shows a new key once, and one that works', async () => {
      const { page } = browser
      await page.goto(`${server.url}/keys`)
      await press('New key')
      await page.fill('[name=name]', 'Nightly')
      await press('Create key')
      const key = await page.inputValue('[aria-label="API key"]')
      const answer = await fetch(`${server.url}/v1/me`, { headers: { 'x-api-key': key } })
      expect(answer.status).toBe(200)
      await press('Done')
      await page.reload()
      await see('Nightly')
      expect(await page.content()).not.toContain(key)
    })

    it('approves a command line by its code', async () => {
      const form = (fields: Record<string, string>) => ({ method: 'POST', body: new URLSearchParams(fields) })
      const started = await fetch(`${server.url}/oauth/device_authorization`, form({ client_id: 'a terminal' }))
      const device = (await started.json()) as { verification_uri_complete: string; device_code: string }
      await browser.page.goto(device.verification_uri_complete)
      await browser.page.locator('[name=userCode]').press('Enter')
      await see('wants to')
      await press('Approve')
      await see('Go back to your terminal')
      const grant = {
        grant_type: 'urn:ietf:params:oauth:grant-type:device_code',
        device_code: device.device_code,
        client_id: 'x',
      }
      expect((await fetch(`${server.url}/oauth/token`, form(grant))).status).toBe(200)
    })

    it('invites somebody, who joins in a session of their own and sees what their role allows', async () => {
      const { page } = browser
      await page.goto(`${server.url}/members`)
      await page.getByRole('button', { name: 'Invite', exact: true }).click()
      await page.fill('[name=email]', 'grace@example.com')
      await press('Create invitation')
      const link = await page.inputValue('[aria-label="Invitation link"]')
      const other = await openBrowser(server.url)
      try {
        await other.page.goto(link)
        await other.page.fill('[name=name]', 'Grace Hopper')
        await other.page.fill('[name=password]', 'a long sentence for grace')
        await other.page.keyboard.press('Enter')
        await other.page.getByText('What to do next').first().waitFor()
        await other.page.goto(`${server.url}/members`)
        await other.page.getByText('is for others').first().waitFor()
        expect(other.complaints).toEqual([])
      } finally {
        await other.close()
      }
    })

    it('signs out and in again, and says what is wrong with a wrong password', async () => {
      const { page } = browser
      await page.goto(`${server.url}/you`)
      await press('Sign out')
      await page.waitForURL(/sign-in/)
      await page.fill('[name=email]', 'ada@example.com')
      await page.fill('[name=password]', 'not the right sentence')
      await page.keyboard.press('Enter')
      await see(/do not belong together/)
      await page.fill('[name=password]', PASSWORD)
      await page.keyboard.press('Enter')
      await see('What to do next')
    })

    it('asked nobody else for anything and left the console clean', () => {
      expect(browser.complaints).toEqual([])
    })
  },
)
