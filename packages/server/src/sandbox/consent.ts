import type { IncomingMessage, ServerResponse } from 'node:http'
import type { Interaction, Provider, Submission } from 'oidc-provider'
import { html, page } from './page.ts'
import type { People } from './people.ts'
import { SCOPES } from './provider.ts'
import { answerPage, bodyOf, isOwnForm } from './wire.ts'

/** The one page on which a person says who they are and what may be done: all of it, some of it, or nothing. */
export function createConsent({ provider, people }: { provider: Provider; people: People }) {
  async function submit(details: Interaction, form: URLSearchParams): Promise<Submission> {
    const denied = { error: 'access_denied', error_description: 'The person said no.' }
    const person = people.find(({ id }) => id === form.get('person'))
    const asked = (details.params.scope ?? '').split(' ').filter((scope) => scope === 'openid' || scope in SCOPES)
    const ticked = form.getAll('scope')
    const granted = asked.filter((scope) => scope === 'openid' || ticked.includes(scope))
    if (form.get('says') !== 'allow' || !person || granted.length === 0) return denied
    const grant = new provider.Grant({ accountId: person.id, clientId: details.params.client_id ?? '' })
    const refused = asked.filter((scope) => !granted.includes(scope))
    grant.addOIDCScope(granted.join(' '))
    // What was not ticked is answered too, or the page would ask again.
    if (refused.length > 0) grant.rejectOIDCScope(refused.join(' '))
    return { login: { accountId: person.id }, consent: { grantId: await grant.save() } }
  }

  /** Whoever chooses another person than last time is signed in anew. */
  async function leaveOther({ session }: Interaction, chosen: Submission): Promise<void> {
    if (!('login' in chosen) || !session?.uid || session.accountId === chosen.login.accountId) return
    const found = await provider.Session.findByUid(session.uid)
    if (!found) return
    found.accountId = undefined
    await found.persist()
  }

  async function show(details: Interaction): Promise<string> {
    const { client_id: id = '', scope = '', login_hint: hint, redirect_uri: back } = details.params
    const name = (await provider.Client.find(id))?.clientName ?? id
    const known = details.session?.accountId
    const first = people.find((person) => person.id === known || person.email === hint) ?? people[0]
    const scopes = scope.split(' ').filter((asked) => asked in SCOPES)
    return page(
      `Connect ${name}`,
      html`<div><h1>${name} wants to use your Sandbox account</h1>
${back ? html`<p class="soft">Afterwards you go back to <b>${new URL(back).host}</b>.</p>` : ''}</div>
<form method="post">
<div><h2 id="who">Who are you?</h2><fieldset aria-labelledby="who">${people.map(
        (person) =>
          html`<label class="pick"><input type="radio" name="person" value="${person.id}" required${
            person === first ? html` checked` : ''
          }><span>${person.name}<small>${person.email}</small></span></label>`,
      )}</fieldset></div>
<div><h2 id="what">What may ${name} do?</h2><fieldset aria-labelledby="what">${scopes.map(
        (one) =>
          html`<label class="pick"><input type="checkbox" name="scope" value="${one}" checked><span>${SCOPES[one]!}<small><code>${one}</code></small></span></label>`,
      )}</fieldset></div>
<div class="bar"><button class="main" name="says" value="allow">Allow</button><button name="says" value="deny">Deny</button></div></form>`,
    )
  }

  return async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const details = await provider.interactionDetails(request, response).catch((error: Error) => {
      if (error.name !== 'SessionNotFound') throw error
      return undefined
    })
    if (!details || request.url !== `/consent/${details.uid}`) {
      const text = html`<h1>This page is no longer good</h1><p>Go back to where you came from and start again.</p>`
      return answerPage(response, page('Start again', text), 400)
    }
    if (request.method !== 'POST') return answerPage(response, await show(details))
    if (!isOwnForm(request, provider.issuer)) {
      return answerPage(response, page('Refused', html`<h1>This form is not ours</h1>`), 403)
    }
    const chosen = await submit(details, new URLSearchParams(await bodyOf(request)))
    const next = await provider.interactionResult(request, response, chosen, { mergeWithLastSubmission: false })
    await leaveOther(details, chosen)
    // Not a redirect: browsers hold every step that follows a form against its page's policy, and it ends on another host.
    const text = html`<h1>Going back…</h1><p><a href="${next}">Continue</a></p>`
    return answerPage(response, page('Going back', text, { goesTo: next }))
  }
}
