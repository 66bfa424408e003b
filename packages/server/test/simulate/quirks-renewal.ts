import { expect } from 'vitest'
import { missingScopes, renewalOf } from '../../src/oauth/oauth.ts'
import { accepted, connected, DAY, expectNoFaults, known, outcome, type Quirks, refresh, sentTo } from './quirk.ts'

/** The same party as before a refresh: what a second worker still holds. */
function asBefore(caller: Awaited<ReturnType<typeof connected>>) {
  return { ...caller.party(), secrets: { ...caller.state.fields, ...caller.state.obtained } }
}

/** 16 to 28: refresh tokens that rotate, lapse, are lost or never come. That only one worker refreshes is the connections' matter. */
export const ofRenewal: Quirks = {
  16: {
    about: 'each refresh kills the token before, after ten minutes in which a second worker is forgiven',
    shown: async () => {
      const caller = await connected('jira', 'oauth')
      const stale = asBefore(caller)
      await refresh(caller)
      expect(await outcome(caller.oauth.refresh(stale))).toBe('fine')
      caller.clock.pass(601)
      expect(await outcome(caller.oauth.refresh(stale))).toBe('grant_dead')
      expect(await outcome(caller.oauth.refresh(caller.party()))).toBe('fine')
    },
  },
  17: {
    about: 'the refresh token changes now and then; what comes back is kept, and after five years all is over',
    shown: async () => {
      const caller = await connected('quickbooks', 'oauth', { rotates: true })
      const stale = asBefore(caller)
      await refresh(caller)
      caller.clock.pass(2 * DAY)
      expect(await outcome(caller.oauth.refresh(stale))).toBe('grant_dead')
      for (let years = 0; years < 5; years += 0.25) {
        await refresh(caller)
        caller.clock.pass(91 * DAY)
      }
      caller.clock.pass(30 * DAY)
      expect(await outcome(caller.oauth.refresh(caller.party()))).toBe('grant_dead')
    },
  },
  18: {
    about:
      'a used token is forgiven for a minute, then ends every grant; older apps get a token for ever and no refresh',
    shown: async () => {
      const caller = await connected('todoist', 'oauth')
      const stale = asBefore(caller)
      await refresh(caller)
      caller.clock.pass(30)
      expect(await outcome(caller.oauth.refresh(stale))).toBe('fine')
      caller.clock.pass(61)
      expect(await outcome(caller.oauth.refresh(stale))).toBe('grant_dead')
      expect(await outcome(caller.oauth.refresh(caller.party()))).toBe('grant_dead')
      expect(await accepted(caller)).toBe(false)
      const old = await connected('todoist', 'oauth', { givesRefreshToken: false, namesLife: false })
      expect(old.state.last?.life).toBe('never')
      expect(renewalOf(old.party())).toBe('none')
    },
  },
  19: {
    about: 'a chain of tokens breaks when an answer is lost, or after sixty days unused; PKCE is demanded',
    shown: async () => {
      for (const id of ['airtable', 'box']) {
        const lost = await connected(id, 'oauth')
        lost.simulator.goDown('drop', 1)
        expect(await outcome(lost.oauth.refresh(lost.party())), id).toBe('transient')
        expect(await outcome(lost.oauth.refresh(lost.party())), id).toBe('grant_dead')
        const idle = await connected(id, 'oauth')
        idle.clock.pass(61 * DAY)
        expect(await outcome(idle.oauth.refresh(idle.party())), id).toBe('grant_dead')
        const kept = await connected(id, 'oauth')
        for (let months = 0; months < 6; months++) {
          kept.clock.pass(30 * DAY)
          await refresh(kept)
        }
        expectNoFaults(kept)
      }
      const airtable = await connected('airtable', 'oauth')
      expect(sentTo(airtable, 'authorize').params.code_challenge_method).toBe('S256')
    },
  },
  20: {
    about: 'Basic on every token call, offline.access asked for, a pair that is replaced whole',
    shown: async () => {
      const caller = await connected('x', 'oauth')
      const stale = asBefore(caller)
      await refresh(caller)
      expect(sentTo(caller, 'refresh').headers.authorization).toMatch(/^Basic /)
      expect(sentTo(caller, 'authorize').params.scope).toContain('offline.access')
      expect(caller.state.obtained.accessToken).not.toBe(stale.secrets.accessToken)
      expect(await outcome(caller.oauth.refresh(stale))).toBe('grant_dead')
    },
  },
  21: {
    about: 'bot and user tokens are two connections that rotate apart; installs without rotation never end',
    shown: async () => {
      const user = await connected('slack', 'oauth_user')
      expect(sentTo(user, 'authorize').params).toHaveProperty('user_scope')
      await refresh(user)
      expect(await accepted(user)).toBe(true)
      const bot = await connected('slack', 'oauth')
      expect(bot.state.last?.life).toHaveProperty('expiresAt')
      const lasting = await connected('slack', 'oauth', { givesRefreshToken: false })
      expect(lasting.state.last?.life).toBe('never')
      expect(renewalOf(lasting.party())).toBe('none')
    },
  },
  22: {
    about: 'a refresh token is good once, and scopes are said on the wire',
    shown: async () => {
      const caller = await connected('calendly', 'oauth')
      expect(sentTo(caller, 'authorize').params.scope).toBeTruthy()
      const stale = asBefore(caller)
      await refresh(caller)
      expect(await outcome(caller.oauth.refresh(stale))).toBe('grant_dead')
    },
  },
  23: {
    about: 'the newest refresh token is kept, or all ends after ninety days; offline_access is asked and never named',
    shown: async () => {
      const caller = await connected('outlook_mail', 'oauth', { rotates: true })
      const asked = Object.keys(caller.method.scopes!.ask)
      expect(asked).toContain('offline_access')
      expect(missingScopes(caller.method, asked, caller.state.last?.scopes)).toEqual([])
      for (let months = 0; months < 6; months++) {
        caller.clock.pass(60 * DAY)
        await refresh(caller)
      }
      caller.clock.pass(91 * DAY)
      expect(await outcome(caller.oauth.refresh(caller.party()))).toBe('grant_dead')
    },
  },
  24: {
    about:
      'the consent screen is always shown, a refresh without a new token keeps the old one, and unticked scopes are noticed',
    shown: async () => {
      const ticked = Object.keys(known.gmail!.auth.oauth!.scopes!.ask).slice(0, 1)
      const caller = await connected('gmail', 'oauth', { ticked })
      expect(sentTo(caller, 'authorize').params).toMatchObject({ access_type: 'offline', prompt: 'consent' })
      const before = caller.state.obtained.refreshToken
      const obtained = await refresh(caller)
      expect(obtained.secrets).not.toHaveProperty('refreshToken')
      expect(caller.state.obtained.refreshToken).toBe(before)
      const wanted = [...ticked, 'https://www.googleapis.com/auth/gmail.send']
      expect(missingScopes(caller.method, wanted, caller.state.last?.scopes)).toEqual([wanted[1]])
    },
  },
  25: {
    about: 'whether there is a refresh token is told by the answer alone; Basic beside a JSON body',
    shown: async () => {
      for (const id of ['notion', 'linear']) {
        const young = await connected(id, 'oauth')
        expect(renewalOf(young.party()), id).toBe('refresh')
        await refresh(young)
        const old = await connected(id, 'oauth', { givesRefreshToken: false })
        expect(renewalOf(old.party()), id).toBe('none')
        expect(await accepted(old), id).toBe(true)
      }
      const notion = sentTo(await connected('notion', 'oauth'), 'token')
      expect(notion.headers).toMatchObject({ 'content-type': 'application/json' })
      expect(notion.headers.authorization).toMatch(/^Basic /)
    },
  },
  26: {
    about:
      'refresh at an address of its own brings no new refresh token; the other sends it like everybody since its old way ended',
    shown: async () => {
      const figma = await connected('figma', 'oauth')
      const before = figma.state.obtained.refreshToken
      await refresh(figma)
      expect(new URL(sentTo(figma, 'refresh').url).pathname).toBe('/v1/oauth/refresh')
      expect(figma.state.obtained.refreshToken).toBe(before)
      await refresh(figma)
      expectNoFaults(figma)
      const cal = await connected('cal_com', 'oauth')
      await refresh(cal)
      expect(sentTo(cal, 'refresh').params.grant_type).toBe('refresh_token')
      expectNoFaults(cal)
    },
  },
  27: {
    about:
      'no refresh token: short tokens are swapped for long ones, which renew themselves, not before a day and not after their end',
    shown: async () => {
      const caller = await connected('instagram', 'oauth')
      expect(sentTo(caller, 'exchange').params.grant_type).toBe('ig_exchange_token')
      expect(await outcome(caller.oauth.refresh(caller.party()))).not.toBe('fine')
      caller.clock.pass(2 * DAY)
      await refresh(caller)
      expect(await accepted(caller)).toBe(true)
      caller.clock.pass(61 * DAY)
      expect(await accepted(caller)).toBe(false)
      expect(await outcome(caller.oauth.refresh(caller.party()))).toBe('grant_dead')
      const facebook = await connected('facebook', 'oauth', { namesLife: false })
      const life = facebook.state.last?.life as { expiresAt: number }
      expect(Math.round((life.expiresAt - facebook.clock.now()) / 1000 / DAY)).toBe(60)
      await refresh(facebook)
      expectNoFaults(facebook)
    },
  },
  28: {
    about: 'most apps never get a refresh token, the end is known all the same, and PKCE is not sent',
    shown: async () => {
      const caller = await connected('linkedin', 'oauth', { givesRefreshToken: false })
      expect(renewalOf(caller.party())).toBe('none')
      expect(caller.state.last?.life).toHaveProperty('expiresAt')
      expect(sentTo(caller, 'authorize').params).not.toHaveProperty('code_challenge')
    },
  },
}
