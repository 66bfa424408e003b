/** The forty nastiest oddities of services, each shown against a simulator, or handed on with the reason. */
import { expect, it } from 'vitest'
import { ofAnswers } from './quirks-answers.ts'
import { ofRenewal } from './quirks-renewal.ts'
import { ofRequests } from './quirks-requests.ts'

const shown = { ...ofAnswers, ...ofRenewal, ...ofRequests }

/** Not shown here, and where instead. */
const elsewhere: Readonly<Record<number, string>> = {
  40: 'which of two eras an MCP server speaks is found out by the room that speaks MCP; a definition only names the address.',
}

it.each(Object.entries(shown).map(([number, quirk]) => ({ number, ...quirk })))(
  'quirk $number: $about',
  async ({ shown: run }) => {
    await run()
  },
)

it.each(Object.entries(elsewhere))('quirk %s: %s', (_, reason) => {
  expect(reason.length).toBeGreaterThan(40)
})

it('leaves none of the forty out', () => {
  const numbers = [...Object.keys(shown), ...Object.keys(elsewhere)].map(Number).sort((a, b) => a - b)
  expect(numbers).toEqual(Array.from({ length: 40 }, (_, index) => index + 1))
})
