import { defineService } from '../define.ts'
import { keys } from '../kinds.ts'

export const ifttt = defineService({
  name: 'IFTTT',
  docs: 'https://ifttt.com/maker_webhooks',
  category: 'automation',
  icon: { slug: 'ifttt' },
  baseUrl: 'https://maker.ifttt.com',
  auth: {
    webhooks_key: keys({
      label: 'Webhooks key',
      steps: [
        'At ifttt.com/maker_webhooks connect the Webhooks service and open Documentation.',
        'Copy your key from the top of that page. One key is good for all your events.',
      ],
      fields: { key: { label: 'Key', pattern: '^[A-Za-z0-9_-]{10,100}$' } },
      send: { path: '{path}/with/key/{key}' },
    }),
  },
  // An event that no applet waits for does nothing, yet a wrong key is refused.
  check: {
    post: '/trigger/cardea_connection_test',
    answer: 'text',
    ok: { contains: 'Congratulations' },
    proves: 'the key exists; whether an applet waits for an event is not told',
  },
  identity: { none: 'the key does not say whose it is' },
  answers: { rejected: [{ status: 401 }, { contains: 'You sent an invalid key' }] },
  actions: {
    trigger: {
      does: 'write',
      title: 'Fire an event',
      input: {
        event: { is: 'text', about: 'Name of the event, as in the applet', example: 'door_opened' },
        first: { is: 'text', about: 'Value 1', optional: true },
        second: { is: 'text', about: 'Value 2', optional: true },
        third: { is: 'text', about: 'Value 3', optional: true },
      },
      post: '/trigger/{event}',
      body: { value1: '{first}', value2: '{second}', value3: '{third}' },
    },
    trigger_json: {
      does: 'write',
      title: 'Fire an event with any JSON',
      input: {
        event: { is: 'text', about: 'Name of the event, as in the applet', example: 'door_opened' },
        payload: { is: 'json', about: 'What the applet receives', example: '{"name":"Ada"}' },
      },
      post: '/trigger/{event}/json',
      body: '{payload}',
    },
  },
  // The vendor's own page is behind a sign-in; the refusal of a wrong key is what many public programs expect.
  verified: {
    on: '2026-11-20',
    by: ['https://ably.com/docs/general/events/ifttt', 'https://serialized.io/docs/reactions/ifttt-actions'],
  },
})
