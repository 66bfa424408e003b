import type { LinkStanding, SeenFlow } from '../../connections/connections.ts'
import type { Problem } from '../../errors.ts'
import { nextOf } from '../connect-page/layout.ts'
import { type Html, html } from '../html.ts'

/** What is shown around a consent: before somebody goes to the service, and after they have come back. */
export function asks(standing: LinkStanding, problem?: Problem, email = ''): Html {
  const { service, workspace, methodLabel, scopes, purpose } = standing
  const known = scopes.map(({ scope, sentence, added }) => {
    const isNew = purpose === 'reauthorize' && added ? html` <b>(new)</b>` : ''
    return html`<li>${sentence ?? scope}${isNew}</li>`
  })
  return html`<div><h1>${purpose === 'connect' ? 'Connect' : 'Authorize again:'} ${service.name}</h1>
<p class="soft">${methodLabel}. A command line or an app that is signed in as you asks for it, for the workspace “${workspace}”.</p></div>
<div class="note warn"><p><b>Did somebody send you this link?</b> Go on only if you have just begun this yourself. Whoever sent it to you would get
into your account at ${service.name}.</p></div>
${known.length > 0 ? html`<section><h2>What it will be able to do</h2><ul class="plain">${known}</ul></section>` : ''}
${standing.at === 'ready' ? goForm(service.name) : signInForm(standing, problem, email)}
<p class="small soft">The link works once.</p>`
}

function goForm(name: string): Html {
  return html`<form method="post"><input type="hidden" name="action" value="go">
<div class="bar"><button class="main" type="submit">Continue to ${name}</button></div></form>`
}

function signInForm({ otherPerson }: LinkStanding, problem: Problem | undefined, email: string): Html {
  return html`${problem ? html`<div class="note bad" role="alert" tabindex="-1" autofocus><h2>${problem.title}</h2><p>${problem.message} ${nextOf(problem)}</p></div>` : ''}
${otherPerson && !problem ? html`<div class="note bad" role="alert"><h2>This link is for somebody else</h2><p>It was made by another member than the one who is signed in in this browser, and connects nothing for you.</p></div>` : ''}
<h2>Sign in to Cardea to go on</h2>
<form method="post"><input type="hidden" name="action" value="sign_in">
<div class="row"><label for="email">E-mail address</label><input id="email" name="email" type="email" autocomplete="username" required maxlength="254" value="${email}"></div>
<div class="row"><label for="password">Password</label><input id="password" name="password" type="password" autocomplete="current-password" required maxlength="1024"></div>
<div class="bar"><button class="main" type="submit">Sign in</button></div></form>`
}

/** A form may not end at another site, and services redirect as they like: so a page of ours leads there by a link. */
export function leaving(name: string, address: string): Html {
  return html`<h1>Off to ${name}</h1><p>You are taken there by yourself. If not:</p>
<div class="bar"><a class="button main" href="${address}" rel="noreferrer">Continue to ${name}</a></div>`
}

export function handIn(state: string): Html {
  return html`<h1>One moment</h1><p>What the service sent along is being handed in.</p>
<form method="post" action="/oauth/callback" id="hand-in"><input type="hidden" name="state" value="${state}"></form>
<noscript><div class="note bad"><p>This service answers in a way that only a script in the page can read. Allow scripts for this address, and connect again.</p></div></noscript>
<script src="/connect-page/hash.js" defer></script>`
}

export function cameBack(flow: SeenFlow, name: string, back: Html | undefined): Html {
  if (flow.problem) return failed(flow.problem, back)
  if (flow.state === 'asking' && flow.asks) return asking(flow, flow.asks, name, back)
  if (flow.state !== 'done') return html`<h1>One moment</h1><p>It is being worked on: reload this page.</p>`
  return html`<div class="note good" role="status"><h1>${name} is connected</h1></div>${facts(flow)}${notes(flow, name)}
${back ?? html`<p>You can close this page, or <a href="/">open the dashboard</a>.</p>`}`
}

export function failed({ title, detail, next }: NonNullable<SeenFlow['problem']>, back?: Html): Html {
  return html`<div class="note bad" role="alert"><h1>${title}</h1><p>${detail}</p><p>${next}</p></div>${back ?? ''}`
}

function asking(
  flow: SeenFlow,
  { what, choices, before }: NonNullable<SeenFlow['asks']>,
  name: string,
  back: Html | undefined,
): Html {
  if (what === 'choice') return html`<h1>Which one is it for?</h1>${choiceForm(choices)}`
  if (what === 'confirmation') {
    return html`<div class="note good" role="status"><h1>One more step</h1><p>${name} has agreed. Go back to the program that asked: it completes the connection.</p></div>${facts(flow)}${back ?? ''}`
  }
  return html`<div class="note warn" role="alert"><h1>This is another account</h1>
<p>The connection belongs to ${before === null ? 'another account' : html`<b>${before}</b>`}, and you have just signed in at ${name} as <b>${flow.account?.label ?? 'somebody else'}</b>. Whatever uses the connection would find this account in its place.</p></div>
<form method="post"><input type="hidden" name="action" value="accept"><div class="bar"><button type="submit">Put ${flow.account?.label ?? 'it'} in its place</button></div></form>
<p>If that is not what you want, close this page: nothing is changed. Sign out at ${name} before you try again.</p>`
}

export function choiceForm(choices: readonly string[], more: Html = html``): Html {
  const options = choices.map((choice) => html`<option>${choice}</option>`)
  return html`<form method="post"><input type="hidden" name="action" value="answer">${more}
<div class="row"><label for="choice">The account reaches several places</label><select id="choice" name="choice" required>${options}</select></div>
<div class="bar"><button class="main" type="submit">Connect this one</button></div></form>`
}

function facts({ account, scopes }: SeenFlow): Html {
  const rows = [
    ...(account ? [html`<dt>Account</dt><dd>${account.label}${account.team ? ` (${account.team})` : ''}</dd>`] : []),
    ...(scopes.granted?.length ? [html`<dt>Granted</dt><dd>${scopes.granted.join(', ')}</dd>`] : []),
  ]
  return rows.length > 0 ? html`<dl>${rows}</dl>` : html``
}

function notes({ notes, scopes, duplicateOf }: SeenFlow, name: string): Html {
  const said: Html[] = [
    ...(notes.includes('fewer_scopes')
      ? [
          html`<h2>Less was granted than was asked for</h2><p>Missing: ${scopes.missing.join(', ')}. What needs it will be refused; authorize again and agree to all of it if that matters.</p>`,
        ]
      : []),
    ...(notes.includes('no_refresh_token')
      ? [
          html`<h2>It will not last</h2><p>${name} gave nothing by which the access could be renewed. It ends by itself, and has to be authorized again then.</p>`,
        ]
      : []),
    ...(notes.includes('not_tested')
      ? [
          html`<h2>It could not be tested</h2><p>${name} did not answer when it was tried. It is tried again by itself.</p>`,
        ]
      : []),
    ...(duplicateOf
      ? [html`<h2>Already connected</h2><p>The same account is connected already as “${duplicateOf.name}”.</p>`]
      : []),
  ]
  return html`${said.map((note) => html`<div class="note warn">${note}</div>`)}`
}

/** Typed at the service, on any device; this page asks again by itself. */
export function device({ device: shown }: SeenFlow, name: string): Html {
  if (!shown) return html``
  return html`<h1>Enter this code at ${name}</h1>
<p class="made"><code class="made">${shown.userCode}</code></p>
<p>Open <a href="${shown.verificationUri}" target="_blank" rel="noreferrer">${shown.verificationUri}</a> on any device, enter the code and agree. This page goes on by itself.</p>
<div class="note warn"><p>Enter only a code that you see on this page, and that you have asked for yourself.</p></div>`
}
