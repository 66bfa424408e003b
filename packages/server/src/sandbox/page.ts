import { hash } from 'node:crypto'

/** Pages of the sandbox: no script, no request to anywhere, readable in light and dark. */
export type Html = Markup | Html[]
export class Markup {
  readonly text: string
  constructor(text: string) {
    this.text = text
  }
}

/** A template whose values are escaped unless they are markup themselves. */
export function html(parts: TemplateStringsArray, ...values: (string | Html)[]): Markup {
  return new Markup(parts.map((part, at) => part + (at < values.length ? written(values[at]!) : '')).join(''))
}

function written(value: string | Html): string {
  if (value instanceof Markup) return value.text
  if (Array.isArray(value)) return value.map(written).join('')
  return value.replace(/[&<>"']/g, (character) => `&#${character.charCodeAt(0)};`)
}

const style = `
:root { color-scheme: light dark; --accent: light-dark(#6d28d9, #b79bf5); --on-accent: light-dark(#ffffff, #14101c);
  --canvas: light-dark(#f5f4f8, #0f0e12); --surface: light-dark(#ffffff, #18161d); --soft-surface: light-dark(#f3f0fa, #221e2b);
  --line: light-dark(#e2dfea, #332f3d); --edge: light-dark(#88838f, #7d7788); --ink: light-dark(#19161f, #eeecf2);
  --soft: light-dark(#55505e, #b8b2c3); --danger: light-dark(#b0251d, #ff948a); --mono: ui-monospace, "SF Mono", Menlo, Consolas, monospace; }
*, ::before, ::after { box-sizing: border-box; }
html { background: var(--canvas); -webkit-text-size-adjust: 100%; }
body { margin: 0; color: var(--ink); font: 16px/1.5 ui-sans-serif, system-ui, -apple-system, "Segoe UI", Roboto, "Noto Sans", sans-serif;
  overflow-wrap: anywhere; min-height: 100dvh; display: flex; flex-direction: column; align-items: center; gap: 1rem; padding: 1rem; }
header, main, footer { width: 100%; max-width: 30rem; } body.wide :is(header, main, footer) { max-width: 46rem; }
header { display: flex; align-items: center; gap: .6rem; font-weight: 650; }
header span { display: grid; place-items: center; width: 2rem; height: 2rem; border-radius: 8px; background: var(--accent); color: var(--on-accent); font-size: .875rem; }
main { background: var(--surface); border: 1px solid var(--line); border-radius: 14px; padding: 1.25rem; display: flex; flex-direction: column; gap: 1.25rem; }
footer { color: var(--soft); font-size: .875rem; padding: 0 .25rem; }
h1 { font-size: 1.375rem; line-height: 1.25; margin: 0; font-weight: 650; text-wrap: balance; } h2 { font-size: 1rem; margin: 0 0 .5rem; }
p { margin: 0; } p + p { margin-top: .5rem; } a { color: inherit; text-underline-offset: 3px; } .soft { color: var(--soft); }
form { display: flex; flex-direction: column; gap: 1.1rem; margin: 0; }
fieldset { border: 1px solid var(--line); border-radius: 10px; margin: 0; padding: 0; min-width: 0; }
h1 + p { margin-top: .35rem; }
.pick { display: flex; gap: .7rem; align-items: center; padding: .65rem .85rem; min-height: 3rem; cursor: pointer; }
.pick + .pick { border-top: 1px solid var(--line); } .pick:hover { background: var(--soft-surface); }
.pick input { width: 1.15rem; height: 1.15rem; flex: none; margin: 0; accent-color: var(--accent); }
.pick small { display: block; color: var(--soft); font-size: .875rem; }
.bar { display: flex; flex-wrap: wrap; gap: .6rem; } .bar > * { flex: 1; }
button { font: inherit; font-weight: 600; min-height: 2.85rem; padding: .5rem 1.1rem; border-radius: 8px; cursor: pointer; border: 1px solid var(--edge); background: var(--surface); color: var(--ink); }
button.main { background: var(--accent); color: var(--on-accent); border-color: var(--accent); } button:hover { filter: brightness(.96); }
input[type=text], input[type=number] { width: 100%; font: inherit; color: inherit; background: var(--surface); border: 1px solid var(--edge); border-radius: 8px; padding: .55rem .7rem; min-height: 2.85rem; }
input.code { font-family: var(--mono); font-size: 1.25rem; letter-spacing: .08em; text-transform: uppercase; text-align: center; }
:focus-visible { outline: 3px solid var(--accent); outline-offset: 2px; }
.note { border: 1px solid var(--line); background: var(--soft-surface); border-radius: 10px; padding: .75rem .9rem; } .bad { border-color: var(--danger); }
code { font-family: var(--mono); font-size: .9em; } .big { font-size: 1.5rem; letter-spacing: .08em; text-align: center; display: block; padding: .6rem; }
.made { display: block; border: 1px dashed var(--edge); border-radius: 8px; padding: .5rem .7rem; user-select: all; }
dl { display: grid; grid-template-columns: auto 1fr; gap: .35rem 1rem; margin: 0; } dt { color: var(--soft); } dd { margin: 0; }
ul { margin: 0; padding-left: 1.2rem; } li + li { margin-top: .25rem; }
.row { display: flex; gap: .6rem; align-items: end; flex-wrap: wrap; } .row label { flex: 1; min-width: 12rem; font-weight: 600; }
@media (max-width: 36rem) { dl { grid-template-columns: 1fr; } dd + dt { margin-top: .5rem; } }
@media (min-width: 36rem) { body { padding: 3.5rem 1rem; } main { padding: 1.75rem; } }
`

/** For every answer of the sandbox: nothing that this process did not write is loaded, run, framed or posted to. */
export const HEADERS: Readonly<Record<string, string>> = {
  'content-security-policy': [
    `default-src 'none'`,
    `style-src 'sha256-${hash('sha256', style, 'base64')}'`,
    `form-action 'self'`,
    `base-uri 'none'`,
    `frame-ancestors 'none'`,
  ].join('; '),
  'x-content-type-options': 'nosniff',
  'x-frame-options': 'DENY',
  // Our own forms have to be told from those of other sites.
  'referrer-policy': 'same-origin',
  'cross-origin-resource-policy': 'same-origin',
  'cache-control': 'no-store',
}

export interface Frame {
  width?: 'wide'
  /** Goes on by itself. */
  goesTo?: string
}

export function page(title: string, main: Html, { width, goesTo }: Frame = {}): string {
  return html`<!doctype html>
<html lang="en-GB"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark"><meta name="robots" content="noindex">
${goesTo === undefined ? '' : html`<meta http-equiv="refresh" content="0; url=${goesTo}">`}<title>${title} · Sandbox</title>
<style>${new Markup(style)}</style></head>
<body${width ? html` class="wide"` : ''}><header><span aria-hidden="true">Sb</span>Sandbox</header><main>${main}</main>
<footer>A made-up service on this machine. Its people and notes are invented, and gone when it stops.</footer></body></html>
`.text
}
