import { type ConnectResult, type Offer, reasons, type Standing } from '../../connections/connections.ts'
import type { Problem } from '../../errors.ts'
import type { KnownService } from '../../services/services.ts'
import { type Html, html } from '../html.ts'
import { nextOf } from './layout.ts'

/** What the page shows at each step of a visit. */
type At<Step extends Standing['at']> = Extract<Standing, { at: Step }>

/** Who asks and what for, before anything is given to anybody. */
export function landing({ asks }: At<'landing'>, services: readonly KnownService[]): Html {
  const { product, workspace, skills, returnTo } = asks
  const host = returnTo && webHost(returnTo.address)
  const who = product ?? workspace
  const what = services.length === 0 ? 'an account' : listed(services.map(({ definition }) => definition.name))
  return html`<div><h1>${who} asks you to connect ${what}</h1>
<p class="soft">${product ? html`On behalf of the workspace “${workspace}”.` : html`For the workspace “${workspace}”.`}</p></div>
${skills.length > 0 ? html`<section><h2>What it is for</h2><ul class="plain">${skills.map((skill) => html`<li>${skill}</li>`)}</ul></section>` : ''}
<div class="note warn"><p><b>Did somebody send you this link?</b> Go on only if you have just asked for it yourself${host ? html` at <b>${host}</b>` : ''}.
${asks.forMember ? 'What you connect is yours, and nothing uses it without your leave.' : html`What you connect can then be used by ${who}, for the user there whom the link was made for.`}</p></div>
<form method="post"><input type="hidden" name="action" value="begin">
<div class="bar"><button class="main" type="submit">Continue</button></div></form>
<p class="small soft">The link works once, in the browser in which you continue.</p>`
}

export function signIn({ proof, otherPerson }: At<'sign_in'>, email: string, problem: Problem | undefined): Html {
  const other = otherPerson && !problem
  return html`${problem ? html`<div class="note bad" role="alert" tabindex="-1" autofocus><h2>${problem.title}</h2><p>${problem.message} ${nextOf(problem)}</p></div>` : ''}
${other ? html`<div class="note bad" role="alert"><h2>This link is for somebody else</h2><p>It was made for another member than the one who is signed in in this browser, and connects nothing for you. If it is yours, sign in as yourself.</p></div>` : ''}
<div><h1>Sign in to Cardea to go on</h1><p class="soft">The link was made for one member of the workspace, and connects an account in their name only.</p></div>
<form method="post"><input type="hidden" name="action" value="sign_in"><input type="hidden" name="proof" value="${proof}">
<div class="row"><label for="email">E-mail address</label><input id="email" name="email" type="email" autocomplete="username" required maxlength="254" value="${email}"></div>
<div class="row"><label for="password">Password</label><input id="password" name="password" type="password" autocomplete="current-password" required maxlength="1024"></div>
<div class="bar"><button class="main" type="submit">Sign in</button></div></form>`
}

export interface Listed {
  services: readonly { known: KnownService; icon: string }[]
  search: string
  more: boolean
}

/** So many need no search. */
const FEW = 6

export function chooseService({ services, search, more }: Listed): Html {
  return html`<h1>What would you like to connect?</h1>
${search !== '' || more || services.length > FEW ? html`<form class="inline" method="get" role="search"><div class="row"><label for="search">Search for a service</label><input id="search" name="search" type="search" maxlength="100" value="${search}" autocomplete="off"></div><button type="submit">Search</button></form>` : ''}
${services.length === 0 ? html`<p role="status">Nothing by that name. Try fewer letters.</p>` : html`<ul class="list">${services.map(({ known, icon }) => html`<li><a href="?service=${known.id}"><img class="icon" src="${icon}" alt=""><span>${known.definition.name}</span></a></li>`)}</ul>`}
${more ? html`<p class="soft">There are more: search by name.</p>` : ''}`
}

export function lead(known: KnownService, icon: string, what: Html): Html {
  return html`<div class="lead"><img class="icon" src="${icon}" alt=""><div><h1>Connect ${known.definition.name}</h1>${what}</div></div>`
}

export function chooseMethod(known: KnownService, offers: readonly Offer[]): Html {
  return html`<section><h2>How would you like to connect it?</h2><ul class="list">${offers.map((offer) => {
    const { method, name, state } = offer
    return state === 'ready'
      ? html`<li><a href="?service=${known.id}&amp;method=${name}"><span>${method.label}</span></a></li>`
      : html`<li><div class="off"><div><span>${method.label}</span><span class="small">${notReady(known, offer)}</span></div></div></li>`
  })}</ul></section>`
}

export function notReady({ definition }: KnownService, { state }: Offer): string {
  if (state === 'retired') return `${definition.name} makes no new ones of these.`
  return `This is not set up here yet: ask your administrator to register an OAuth app for ${definition.name}.`
}

export function howToGetIt({ definition }: KnownService, { method, by }: Offer): Html {
  // Those of a consent are for whoever registers the app, but where there is none to register.
  const { fields = {}, obtain } = method
  const isTheirs = by === 'form' || Object.keys(fields).length > 0 || obtain.by === 'discovery'
  const scopes = Object.values(method.scopes?.ask ?? {})
  const docs = method.docs ?? definition.docs
  return html`${
    isTheirs && method.steps.length > 0
      ? html`<section><h2>How to get it</h2><ol class="steps">${method.steps.map((step) => html`<li>${step}</li>`)}</ol>
<p class="small"><a href="${docs}" target="_blank" rel="noreferrer">${definition.name}’s own page on this</a></p></section>`
      : ''
  }
${scopes.length > 0 ? html`<section><h2>What it will be able to do</h2><ul class="plain">${scopes.map((scope) => html`<li>${scope}</li>`)}</ul></section>` : ''}`
}

export function over({ asks, proof, state, result }: At<'over'>): Html {
  const back = asks.returnTo
  const to = asks.product ?? (back && webHost(back.address)) ?? 'where you came from'
  if (state === 'cancelled' || state === 'refused' || !result) {
    return html`<div class="note"><h1>${state === 'refused' ? 'Not connected' : 'Cancelled'}</h1><p>${state === 'refused' ? 'The link was not for the user who is signed in there. What you entered has been destroyed.' : 'Nothing was connected.'} You can close this page.</p></div>`
  }
  const waits = state === 'entered'
  return html`<div class="note good" role="status"><h1>${waits ? 'One more step' : `${result.name} is connected`}</h1>
<p>${waits ? html`The account is checked and kept, and not in use yet: go back to ${to}, which finishes it for the user who is signed in there.` : ''} ${testInWords(result)}</p></div>
${result.account || waits ? html`<dl>${result.account ? html`<dt>Account</dt><dd>${result.account}</dd>` : ''}</dl>` : ''}
${result.duplicate ? html`<div class="note warn"><h2>Already connected</h2><p>The same account is connected already${result.duplicate.name ? html` as “${result.duplicate.name}”` : ''}. Both work; you may want to delete one.</p></div>` : ''}
${
  back
    ? html`<form method="post"><input type="hidden" name="action" value="return"><input type="hidden" name="proof" value="${proof}"><div class="bar"><button class="main" type="submit">Return to ${to}</button></div></form>`
    : html`<p>You can close this page${asks.forMember ? html`, or <a href="/">open the dashboard</a>` : ''}.</p>`
}`
}

function testInWords({ test, reason }: ConnectResult): string {
  if (test === 'passed') return 'The service was asked, and accepts it.'
  if (test === 'restricted')
    return 'The service accepts it, but it is restricted: not everything may be possible with it.'
  if (test === 'unverified') return 'The service took it, but has no way to prove it until it is used.'
  return reason ? `It could not be tested: ${reasons[reason].sentence}` : 'It was not tested.'
}

export function cancelForm(proof: string): Html {
  return html`<form method="post"><input type="hidden" name="action" value="cancel"><input type="hidden" name="proof" value="${proof}"><button class="quiet" type="submit">Cancel, and connect nothing</button></form>`
}

function listed(names: readonly string[]): string {
  if (names.length > 4) return `one of ${names.length} services`
  return new Intl.ListFormat('en-GB', { type: 'disjunction' }).format(names)
}

function webHost(address: string): string | undefined {
  const { host, protocol } = new URL(address)
  return protocol === 'https:' || protocol === 'http:' ? host : undefined
}
