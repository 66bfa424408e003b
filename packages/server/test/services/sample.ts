/** A definition as an administrator would write it, with a line for each thing that a test spoils. */
export const sample = `name: Teapot
docs: https://teapot.example.com/docs/keys
category: productivity
icon:
  letters: Tp
  colour: '#aa5500'
settings:
  kitchen:
    kind: text
    label: Kitchen
    pattern: ^[a-z0-9-]{1,40}$
baseUrl: https://{kitchen}.teapot.example.com
hosts:
  - files.teapot.example.com
auth:
  token:
    type: apikey
    label: API token
    steps:
      - Open Settings › API and make a token.
    fields:
      token:
        label: Token
        pattern: ^tea_[A-Za-z0-9]{20,40}$
    obtain:
      by: nothing
    send:
      headers:
        authorization: Bearer {token}
check:
  get: /v1/me
  ok:
    path: id
    exists: true
identity:
  id: id
  label: email
guarded:
  - POST /v1/tokens/**
actions:
  brew:
    does: write
    title: Brew a pot
    input:
      leaves:
        is: text
        about: Which tea
    post: /v1/pots
    body:
      leaves: '{leaves}'
verified:
  on: '2026-11-20'
  by:
    - https://teapot.example.com/docs
`

/** The sample with one passage replaced, and the line at which the replacement begins. */
export function spoil(passage: string, by: string): { text: string; line: number } {
  const at = sample.indexOf(passage)
  if (at < 0) throw new Error(`the sample has no ${passage}`)
  const lead = by.length - by.trimStart().length
  const line = (sample.slice(0, at) + by.slice(0, lead)).split('\n').length
  return { text: sample.replace(passage, () => by), line }
}
