import { describe, expect, it } from 'vitest'
import { retryPause } from '../../src/events/retry.ts'
import { newSigningSecret, signatureHeaders } from '../../src/events/sign.ts'
import { Secret } from '../../src/secret.ts'

describe('a signature', () => {
  it('is the one of the specification of Standard Webhooks', () => {
    const secret = Secret.of('whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw')
    const message = { id: 'msg_p5jXN8AQM9LWM0D4loKWxJek', at: 1614265330_999, body: '{"test": 2432232314}' }
    expect(signatureHeaders([secret], message)).toEqual({
      'webhook-id': 'msg_p5jXN8AQM9LWM0D4loKWxJek',
      'webhook-timestamp': '1614265330',
      'webhook-signature': 'v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=',
    })
    expect(signatureHeaders([newSigningSecret(), secret], message)['webhook-signature']).toMatch(
      /^v1,\S{44} v1,g0hM9SsE\+OTPJTGt\/tmIKtSyZlE3uFJELVlNIOLJ1OE=$/,
    )
  })

  it('has a secret of its own each time', () => {
    expect(newSigningSecret().reveal()).not.toBe(newSigningSecret().reveal())
  })
})

describe('the pause before the next attempt', () => {
  it('grows fourfold to half a day, is spread by a fifth, and heeds what the receiver asks for within reason', () => {
    const seconds = (round: number, random = 0, asked = 0) => retryPause(round, random, asked) / 1000
    expect([0, 1, 2, 3, 4, 5, 6, 7, 13].map((round) => seconds(round))).toEqual([
      5, 20, 80, 320, 1280, 5120, 20_480, 43_200, 43_200,
    ])
    expect(seconds(1, 1)).toBe(24)
    expect(seconds(0, 0, 60_000)).toBe(60)
    expect(seconds(0, 0, 1000)).toBe(5)
    expect(seconds(0, 0, 1e12)).toBe(43_200)
  })
})
