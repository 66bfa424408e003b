import { describe, expect, it } from 'vitest'
import { text } from '../../../dashboard/src/messages.ts'
import { auditEvents } from '../../src/audit/audit.ts'
import { rolePermissions } from '../../src/policy/policy.ts'

/** The dashboard speaks to people: what the server adds has to get its words there. */
describe('the dashboard has words', () => {
  it('for every event that is recorded, and for none that is not', () => {
    expect(Object.keys(text.audit.events).toSorted()).toEqual(Object.keys(auditEvents).toSorted())
    for (const [event, words] of Object.entries(text.audit.events)) expect(words, event).toMatch(/^[a-z][^_]+[^.]$/)
  })

  it('for every permission that a key can be narrowed to', () => {
    expect(Object.keys(text.keys.permissions).toSorted()).toEqual(Object.keys(rolePermissions).toSorted())
  })

  it('for everything that a record says of a use', () => {
    const said = ['connectionId', 'credentialVersion', 'skill', 'toolCall', 'run', 'step', 'onBehalfOf', 'host']
    for (const fact of [...said, 'method', 'path', 'status', 'bytesIn', 'bytesOut', 'durationMs']) {
      expect(text.audit.facts, fact).toHaveProperty(fact)
    }
  })
})
