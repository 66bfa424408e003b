import type { IncomingMessage, ServerResponse } from 'node:http'
import { type Levers, LIVES } from './levers.ts'
import { html, page } from './page.ts'
import type { People } from './people.ts'
import { answerPage, bodyOf, isOwnForm } from './wire.ts'

/** The front page: who is here, the keys to copy, and the levers. */
export function createHome({ issuer, people, levers }: { issuer: string; people: People; levers: Levers }) {
  const show = (said?: string): string =>
    page(
      'Front page',
      html`<div><h1>A service to try things with</h1>
<p class="soft">It speaks OAuth 2.1 and has a small API, at <code>${issuer}</code>. Connect it like any other service.</p></div>
${said ? html`<p class="note" role="status">${said}</p>` : ''}
<section><h2>People, and their API keys</h2><dl>${people.map(
        ({ email, apiKey }) => html`<dt>${email}</dt><dd><code class="made">${apiKey}</code></dd>`,
      )}</dl></section>
<section><h2>Levers</h2><form method="post" action="/levers"><div class="row"><label>Seconds that an access token lives
<input type="number" name="accessTokenSeconds" min="${String(LIVES.least)}" max="${String(LIVES.most)}" value="${String(levers.accessTokenSeconds)}"></label>
<button name="pull" value="life">Set</button></div>
<div class="row"><span class="soft">${String(levers.grants)} ${levers.grants === 1 ? 'grant stands' : 'grants stand'}.</span>
<button name="pull" value="end">End every grant</button></div></form></section>
<section><h2>The API, below <code>/api</code></h2><ul><li><code>GET /me</code>, <code>GET /notes</code>, <code>POST /notes</code>, <code>DELETE /notes</code></li>
<li><code>/echo</code> answers with what it was sent</li><li><code>GET /stream?events=5&amp;every=500</code> sends events, slowly</li>
<li><code>/fail/401</code>, <code>403</code>, <code>429</code>, <code>500</code>, <code>503</code>, <code>timeout</code></li></ul></section>
<section><h2>For machines</h2><p><a href="/.well-known/openid-configuration"><code>/.well-known/openid-configuration</code></a></p></section>`,
      { width: 'wide' },
    )

  function pull(form: URLSearchParams): string {
    if (form.get('pull') === 'end')
      return `Ended: ${levers.endGrants()}. Whoever holds their tokens finds out with the next call.`
    levers.accessTokenSeconds = Number(form.get('accessTokenSeconds'))
    return `From now on an access token lives ${levers.accessTokenSeconds} seconds.`
  }

  return async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    if (request.method !== 'POST') return answerPage(response, show())
    if (!isOwnForm(request, issuer))
      return answerPage(response, page('Refused', html`<h1>This form is not ours</h1>`), 403)
    answerPage(response, show(pull(new URLSearchParams(await bodyOf(request)))))
  }
}
