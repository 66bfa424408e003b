import { hash } from 'node:crypto'
import type { Asks } from '../../connections/connections.ts'
import type { Problem } from '../../errors.ts'
import { type Html, html, Markup } from '../html.ts'
import { Page, type PageManners } from '../route.ts'

/** The frame of every hosted page: who asks, one thing to do, and what becomes of what is entered. */
export function pageOf(
  asks: Asks | undefined,
  title: string,
  main: Html,
  manners: PageManners = {},
  kind: Kind = 'page',
): Page {
  const style = asks && themeStyle(asks)
  const text = whole(asks, title, main, kind, style, manners.goesOn)
  return new Page(text, {
    ...(style ? { styleHash: `sha256-${hash('sha256', style, 'base64')}` } : {}),
    // A form may end in a redirect, and browsers hold that against the policy too.
    ...(asks?.returnTo ? { formsTo: [sourceOf(asks.returnTo.address)] } : {}),
    ...(asks?.returnTo?.by === 'message' ? { keepsOpener: true } : {}),
    ...manners,
  })
}

/** `entry`: a credential, or what leads to one, is typed there. */
type Kind = 'page' | 'entry' | 'sign_in' | 'frame'

function whole(
  asks: Asks | undefined,
  title: string,
  main: Html,
  kind: Kind,
  style = '',
  goesOn?: PageManners['goesOn'],
): string {
  const framed = kind === 'frame'
  const { mode = 'auto', corners = 'round' } = asks?.theme ?? {}
  return html`<!doctype html>
<html lang="en-GB" data-mode="${mode}" data-corners="${corners}"><head><meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1"><meta name="color-scheme" content="light dark">
<meta name="robots" content="noindex">${goesOn ? html`<meta http-equiv="refresh" content="${goesOn.seconds + (goesOn.to === undefined ? '' : `;url=${goesOn.to}`)}">` : ''}<title>${title}</title><link rel="stylesheet" href="/connect-page/style.css">
${style ? html`<style>${new Markup(style)}</style>` : ''}</head>
<body${framed ? html` class="framed"` : ''}>${framed ? '' : html`<a class="skip" href="#main">Skip to the content</a>${header(asks, kind)}`}
<main id="main">${main}</main>${framed ? '' : footer(asks, kind)}</body></html>
`.text
}

/** Whoever asks for a password of ours is not called by the name of another product. */
function header(asks: Asks | undefined, kind: Kind): Html {
  const name = kind === 'sign_in' ? undefined : (asks?.product ?? asks?.workspace)
  return html`<header>${mark}<div><b>${name ?? 'Cardea'}</b></div></header>`
}

function footer(asks: Asks | undefined, kind: Kind): Html {
  if (kind === 'sign_in')
    return html`<footer>Your password is checked by this server, which runs Cardea, and told to nobody else.</footer>`
  if (!asks) return html`<footer>Cardea keeps credentials, so that software can use them without holding them.</footer>`
  const what = kind === 'entry' ? 'What you enter' : 'What gives access to your account'
  return html`<footer>${what} is encrypted and kept in the workspace “${asks.workspace}” on this server, which runs Cardea. It is not
shown ${kind === 'entry' ? 'again ' : ''}to anybody${asks.product ? html`, and ${asks.product} does not see it` : ''}.</footer>`
}

const mark = html`<svg viewBox="4 3.5 24 25" aria-hidden="true" focusable="false"><path d="M8 25V13a8 8 0 0 1 16 0v12" fill="none" stroke="currentColor" stroke-width="2.5" stroke-linecap="round" stroke-linejoin="round"/><path d="M8 13.5 16.5 10.8v16.9L8 25z" fill="currentColor" stroke="currentColor" stroke-width="1.5" stroke-linejoin="round"/></svg>`

/** A frame shows a button and nothing else: what is typed in a frame, the page around it could have been drawn over. */
export function framedPage(asks: Asks, main: Html, origins: readonly string[]): Page {
  const style = themeStyle(asks)
  return new Page(whole(asks, `Connect an account`, main, 'frame', style), {
    ...(style ? { styleHash: `sha256-${hash('sha256', style, 'base64')}` } : {}),
    framedBy: origins,
    keepsOpener: true,
  })
}

/** Refusals that leave nothing to do on this page. */
export function refusalText(problem: Problem): string {
  return pageOf(
    undefined,
    problem.title,
    html`<div class="note bad" role="alert"><h1>${problem.title}</h1><p>${problem.message}</p><p>${nextOf(problem)}</p></div>`,
  ).html
}

/** Next steps that speak to people at a page, where those of the table speak to callers of the API. */
const NEXT: Record<string, string> = {
  'request.invalid': 'Correct what is marked and send it again.',
  'request.too_large': 'Paste only the key or file that is asked for.',
  'request.too_many': 'Wait a minute, then try again.',
  'request.foreign_origin': 'Open the link again, and use the form on this page.',
  'request.wrong_type': 'Open the link again, and use the form on this page.',
  'auth.rejected': 'Sign in again.',
  'auth.ambiguous': 'Open the link in a browser.',
  'auth.forbidden': 'Ask an administrator of the workspace to let you connect accounts.',
  'service.not_found': 'Go back to where you got the link, and ask for a new one.',
  'service.setting_refused': 'Correct the settings and send the form again.',
  'connection.test_refused': 'Look at the service whether it is complete and still valid, then enter it again.',
  'connection.choice_needed': 'Choose one below. The credential was not kept: enter it once more.',
}

export function nextOf(problem: Problem): string {
  return NEXT[problem.code] ?? problem.next
}

/** One colour and what is readable on it. Checked when the link was made, and again here, where it becomes style. */
function themeStyle({ theme: { accent } }: Asks): string {
  if (!accent || !/^#[0-9a-f]{6}$/i.test(accent)) return ''
  return `:root{--accent:${accent};--on-accent:${luminance(accent) > 0.179 ? '#000000' : '#ffffff'}}`
}

/** WCAG 2: above 0.179 black has the greater contrast, and either has 4.5 or more. */
function luminance(colour: string): number {
  const [red = 0, green = 0, blue = 0] = [1, 3, 5].map((at) => {
    const part = Number.parseInt(colour.slice(at, at + 2), 16) / 255
    return part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4
  })
  return 0.2126 * red + 0.7152 * green + 0.0722 * blue
}

function sourceOf(address: string): string {
  const { protocol, origin } = new URL(address)
  return protocol === 'https:' || protocol === 'http:' ? origin : protocol
}
