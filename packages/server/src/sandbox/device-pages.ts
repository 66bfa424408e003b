import type { IncomingMessage } from 'node:http'
import type { Client, Context } from 'oidc-provider'
import { html, page } from './page.ts'

/** What a person sees who types the code of another device, and what everybody sees when a request cannot go on. */
export interface DevicePages {
  enter(ctx: Context, error: unknown): void
  confirm(ctx: Context, client: Client, code: string): void
  done(ctx: Context): void
  failed(ctx: Context, out: Readonly<Record<string, unknown>>): void
}

/** `codeIn`: the code that the address of this request already holds. */
export function createDevicePages(codeIn: (request: IncomingMessage) => string | undefined): DevicePages {
  const show = (ctx: Context, ...of: Parameters<typeof page>) => {
    ctx.type = 'html'
    ctx.body = page(...of)
  }
  return {
    enter: (ctx, error) => {
      const aborted = (error as Error | undefined)?.name === 'AbortedError'
      const note = aborted ? 'Nothing was connected.' : 'This code is not known, or no longer good.'
      show(
        ctx,
        'Connect a device',
        html`<h1>Enter the code from your device</h1>${error ? html`<p class="note bad" role="alert">${note}</p>` : ''}
<form method="post" action="${ctx.oidc.urlFor('code_verification')}">${secretOf(ctx)}
<input class="code" type="text" name="user_code" aria-label="Code" autocomplete="off" autocapitalize="characters" spellcheck="false" required autofocus value="${codeIn(ctx.req) ?? ''}">
<div class="bar"><button class="main">Continue</button></div></form>`,
      )
    },
    confirm: (ctx, client, code) =>
      show(
        ctx,
        'Connect a device',
        html`<h1>Does ${client.clientName ?? client.clientId} show this code?</h1><code class="big">${code}</code>
<p class="soft">If you did not start this on a device of yours, somebody else did: stop here.</p>
<form method="post" action="${ctx.oidc.urlFor('code_verification')}">${secretOf(ctx)}
<input type="hidden" name="user_code" value="${code}"><input type="hidden" name="confirm" value="yes">
<div class="bar"><button class="main">Yes, continue</button><button name="abort" value="yes">No, stop</button></div></form>`,
      ),
    done: (ctx) =>
      show(
        ctx,
        'Connected',
        html`<h1>The device is connected</h1><p>${ctx.oidc.client?.clientName ?? 'It'} goes on by itself. You can close this page.</p>`,
      ),
    failed: (ctx, out) =>
      show(
        ctx,
        'This did not work',
        html`<h1>This did not work</h1><div class="note bad" role="alert"><p><code>${String(out.error ?? '')}</code></p>
<p>${String(out.error_description ?? '')}</p></div><p class="soft">Go back to where you came from and start again.</p>`,
      ),
  }
}

function secretOf(ctx: Context) {
  return html`<input type="hidden" name="xsrf" value="${ctx.oidc.session?.state?.secret ?? ''}">`
}
