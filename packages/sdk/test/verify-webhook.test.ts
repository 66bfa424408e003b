import { createHmac } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { verifyWebhook, WebhookNotVerified } from '../src/index.ts'

// The example that the specification of Standard Webhooks and its libraries share.
const secret = 'whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw'
const body = '{"test": 2432232314}'
const headers = {
  'webhook-id': 'msg_p5jXN8AQM9LWM0D4loKWxJek',
  'webhook-timestamp': '1614265330',
  'webhook-signature': 'v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=',
}
const now = 1614265330_000
const signature = headers['webhook-signature']

describe('a webhook', () => {
  it('is believed when it is signed as the specification says, however its headers are given', async () => {
    expect(await verifyWebhook(headers, body, secret, { now })).toEqual({ test: 2432232314 })
    expect(await verifyWebhook(new Headers(headers), new TextEncoder().encode(body), secret, { now })).toBeTruthy()
    expect(await verifyWebhook(headers, body, ['whsec_AAAA', secret], { now })).toBeTruthy()
    const several = { ...headers, 'webhook-signature': `v1,AAAA v1a,xyz ${signature} v2,zzz` }
    expect(await verifyWebhook(several, body, secret, { now })).toBeTruthy()
  })

  const other = `v1,${createHmac('sha256', 'another key').update(`${headers['webhook-id']}.1614265330.${body}`).digest('base64')}`
  it.each<[string, Record<string, string | string[] | undefined>, string]>([
    ['was signed with another secret', { 'webhook-signature': other }, body],
    ['says something else', {}, '{"test": 2432232315}'],
    ['has another id', { 'webhook-id': 'msg_other' }, body],
    ['claims another time', { 'webhook-timestamp': '1614265331' }, body],
    ['has a signature of another version only', { 'webhook-signature': signature.replace('v1,', 'v1a,') }, body],
    ['has a signature that is no base64', { 'webhook-signature': 'v1,*' }, body],
    ['has a shorter signature', { 'webhook-signature': signature.slice(0, 20) }, body],
    ['has an empty signature', { 'webhook-signature': 'v1,' }, body],
    ['has no signature', { 'webhook-signature': undefined }, body],
    ['has two signature headers', { 'webhook-signature': [signature, signature] }, body],
    ['has no id', { 'webhook-id': '' }, body],
    ['has a timestamp that is no number', { 'webhook-timestamp': '1614265330x' }, body],
    ['has no timestamp', { 'webhook-timestamp': undefined }, body],
  ])('is not believed when it %s', async (_what, changed, text) => {
    await expect(verifyWebhook({ ...headers, ...changed }, text, secret, { now })).rejects.toThrow(WebhookNotVerified)
  })

  it('is not believed long before or after it was sent: it may be played back', async () => {
    for (const off of [-301, 301]) {
      await expect(verifyWebhook(headers, body, secret, { now: now + off * 1000 })).rejects.toThrow('too old')
      expect(await verifyWebhook(headers, body, secret, { now: now + off * 1000, toleranceSeconds: 302 })).toBeTruthy()
    }
    await expect(verifyWebhook(headers, body, secret)).rejects.toThrow('too old')
  })

  it('is not checked at all with a secret that is none', async () => {
    for (const wrong of ['', 'MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw', 'whsec_', 'whsec_***']) {
      await expect(verifyWebhook(headers, body, wrong, { now })).rejects.toThrow(TypeError)
    }
  })

  it('needs nothing beyond what every platform has', () => {
    const source = readFileSync(new URL('../src/verify-webhook.ts', import.meta.url), 'utf8')
    expect(source.match(/^import(?! type).*$/gm)).toBeNull()
    expect(source).not.toMatch(/node:|\bBuffer\b|process\./)
  })
})
