import { isRolePermission, type openPermissions, type Permission, rolePermissions } from '../policy/policy.ts'
import { type Html, html } from './html.ts'
import { listProblems, type OpenApi, type Operation } from './openapi.ts'
import { type Schema, schemaRows, typeOf } from './reference-schema.ts'

/** The reference of the API as pages: made from its own description, without a script, readable on a phone. */
export function referencePage(api: OpenApi): string {
  const { title, version, description } = api.info as Record<string, string>
  const groups = Map.groupBy(operationsOf(api), ({ operation }) => operation.tags[0] ?? '')
  const schemas = Object.entries((api.components as { schemas: Record<string, Schema> }).schemas)
  const nav = [...groups].map(
    ([tag, found]) =>
      html`<h2>${tag}</h2><ul>${found.map(
        ({ method, path, operation }) =>
          html`<li><a href="#${operation.operationId}"><b class="m ${method}">${method}</b> ${breakable(path)}</a></li>`,
      )}</ul>`,
  )
  const sections = [...groups].map(
    ([tag, found]) => html`<section><h2>${tag}</h2>${found.map((one) => operationCard(api, one))}</section>`,
  )
  return pageOf(
    `${title} API`,
    html`${nav}<h2>shapes</h2><ul>${schemas.map(([name]) => html`<li><a href="#${name}">${name}</a></li>`)}</ul>`,
    html`<header><h1>${title!} API <small>${version!}</small></h1><p>${description!}</p>
<p><a href="/openapi.json">OpenAPI 3.1</a> · <a href="/docs/problems">Problems</a> · <a href="/">Dashboard</a></p></header>
${sections}<section><h2>shapes</h2>${schemas.map(([name, schema]) => schemaCard(name, schema))}</section>`,
  )
}

export function problemsPage(): string {
  const groups = Map.groupBy(listProblems(), ({ code }) => code.split('.')[0]!)
  const nav = [...groups].map(
    ([group, found]) =>
      html`<h2>${group}</h2><ul>${found.map(({ code }) => html`<li><a href="#${code}">${code}</a></li>`)}</ul>`,
  )
  const sections = [...groups].map(
    ([group, found]) =>
      html`<section><h2>${group}</h2>${found.map(
        ({ code, status, title, detail, next }) =>
          html`<article id="${code}"><h3><code>${code}</code> <span class="chip">${String(status)}</span></h3>
<p><b>${title}.</b> ${detail}</p><p class="next">${next}</p></article>`,
      )}</section>`,
  )
  return pageOf(
    'Problems',
    html`${nav}`,
    html`<header><h1>Problems</h1><p>Every way in which Cardea says no. Answers carry <code>code</code>, what happened, and what
to do next. <a href="/docs">Back to the reference</a></p></header>${sections}`,
  )
}

interface Found {
  method: string
  path: string
  operation: Operation
}

function operationsOf(api: OpenApi): Found[] {
  return Object.entries(api.paths).flatMap(([path, methods]) =>
    Object.entries(methods).map(([method, operation]) => ({ method, path, operation })),
  )
}

function operationCard(api: OpenApi, { method, path, operation }: Found): Html {
  const permission = operation['x-permission']
  // Which workspace is said once, at the top: nearly every operation takes it.
  const parameters = (operation.parameters ?? []).filter(({ name }) => name !== 'cardea-workspace')
  const body = Object.entries(operation.requestBody?.content ?? {})[0]
  return html`<article id="${operation.operationId}">
<h3><b class="m ${method}">${method}</b> <code>${breakable(path)}</code></h3>
<p>${operation.summary}.</p>
<p class="needs"><span class="chip">${permission}</span> ${whoHas(permission)}</p>
${parameters.length > 0 ? table('Parameters', parameters.map(parameterRow)) : ''}
${body ? html`<h4>Body <small>${body[0]}</small></h4>${shapeOf(body[1].schema)}` : ''}
${Object.entries(operation.responses)
  .filter(([status]) => status !== 'default')
  .map(([status, { description, content }]) => {
    const given = Object.entries(content ?? {})
    const [type, media] = given[0] ?? []
    const isText = media?.schema?.type === 'string'
    return html`<h4>${status} ${description} <small>${isText ? given.map(([name]) => name).join(', ') : (type ?? '')}</small></h4>
${media?.schema && !isText ? shapeOf(media.schema) : ''}`
  })}
<details><summary>Try it</summary><pre>${curl(api, { method, path, operation })}</pre></details></article>`
}

const WHO: Record<(typeof openPermissions)[number], string> = {
  public: 'nobody is asked who they are',
  person: 'anybody signed in as themselves',
  caller: 'anybody who is known',
}

function whoHas(permission: Permission): string {
  if (isRolePermission(permission)) return `roles: ${rolePermissions[permission].join(', ')}`
  return permission in WHO ? WHO[permission as keyof typeof WHO] : 'operators only'
}

function parameterRow(parameter: NonNullable<Operation['parameters']>[number]): Html {
  const { name, in: place, required, description, schema } = parameter
  return html`<tr><td><code>${name}</code> <small>${place}${required ? '' : ', optional'}</small></td>
<td>${typeOf(schema)}</td><td>${description ?? String(schema.description ?? '')}</td></tr>`
}

function schemaCard(name: string, schema: Schema): Html {
  return html`<article id="${name}"><h3>${name}</h3>${schema.description ? html`<p>${String(schema.description)}</p>` : ''}${shapeOf(schema)}</article>`
}

/** A link for what has a name, a table for what has not. */
function shapeOf(schema: Schema): Html {
  const reference = schema.$ref
  if (typeof reference === 'string') {
    const name = reference.split('/').at(-1)!
    return html`<p><a href="#${name}">${name}</a></p>`
  }
  const rows = schemaRows(schema).map(
    ({ name, type, optional, description }) =>
      html`<tr><td><code>${name}</code>${optional ? html` <small>optional</small>` : ''}</td><td>${linked(type)}</td><td>${description}</td></tr>`,
  )
  return rows.length > 0 ? table('', rows) : html`<p>${linked(typeOf(schema))}</p>`
}

function table(caption: string, rows: Html[]): Html {
  return html`${caption ? html`<h4>${caption}</h4>` : ''}<div class="scroll"><table>${rows}</table></div>`
}

/** Names of shapes within a type become links. */
function linked(type: string): Html {
  return type
    .split(/\b/)
    .map((word) => (/^[A-Z]\w+$/.test(word) ? html`<a href="#${word}">${word}</a>` : html`${word}`))
}

function curl(api: OpenApi, { method, path, operation }: Found): string {
  const server = (api.servers as { url: string }[])[0]!.url
  const lines = [`curl${method === 'get' ? '' : ` -X ${method.toUpperCase()}`} '${server}${path}'`]
  if (operation['x-permission'] !== 'public') lines.push(`  -H 'x-api-key: cardea_key_…'`)
  const type = Object.keys(operation.requestBody?.content ?? {})[0]
  if (type === 'application/json') lines.push(`  -H 'content-type: application/json'`, `  -d '{ … }'`)
  return lines.join(' \\\n')
}

function breakable(path: string): Html {
  return path.split('/').map((part, at) => html`${at === 0 ? '' : html`/<wbr>`}${part}`)
}

function pageOf(title: string, nav: Html, main: Html): string {
  return html`<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark"><title>${title}</title><link rel="stylesheet" href="/docs/style.css"></head>
<body><a class="skip" href="#content">Skip to the content</a>
<nav id="contents" aria-label="Contents">${nav}</nav><main id="content"><a class="jump" href="#contents">Contents</a>${main}</main></body></html>
`.text
}
