import { hash } from 'node:crypto'
import { readdirSync, readFileSync, statSync } from 'node:fs'
import { extname, join, relative, sep } from 'node:path'
import { gzipSync } from 'node:zlib'

/**
 * The dashboard's built files. Which there are is found out once, at the start: a request is looked up among them by
 * name and never becomes a path, so there is nothing to traverse. What is not a file is the dashboard's own address.
 */
export interface StaticFiles {
  answer(request: Request): Response | undefined
}

interface File {
  bytes: Uint8Array<ArrayBuffer>
  /** Made when a browser first asks for it. */
  zipped?: Uint8Array<ArrayBuffer>
  type: string
  etag: string
  /** Its name holds a hash of its content, so that it never changes. */
  immutable: boolean
}

const TYPES: Record<string, string> = {
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.json': 'application/json',
  '.webmanifest': 'application/manifest+json',
  '.svg': 'image/svg+xml',
  '.png': 'image/png',
  '.ico': 'image/x-icon',
  '.woff2': 'font/woff2',
  '.txt': 'text/plain; charset=utf-8',
}
const HASHED = /[.-][\w-]{8,}\.\w+$/

export function createStaticFiles(folder: string): StaticFiles {
  const files = new Map<string, File>(listFiles(folder).map((path) => [urlOf(folder, path), readFile(path)]))
  const index = files.get('/index.html')
  files.delete('/index.html')

  return {
    answer: (request) => {
      if (request.method !== 'GET' && request.method !== 'HEAD') return undefined
      const { pathname } = new URL(request.url)
      const file = files.get(pathname)
      if (file) return send(request, file)
      const wantsPage = pathname === '/' || (request.headers.get('accept')?.includes('text/html') ?? false)
      if (!wantsPage || extname(pathname) !== '') return undefined
      return index ? send(request, index) : notBuilt()
    },
  }
}

function listFiles(folder: string): string[] {
  if (!statSync(folder, { throwIfNoEntry: false })?.isDirectory()) return []
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && extname(entry.name) in TYPES)
    .map((entry) => join(entry.parentPath, entry.name))
}

function urlOf(folder: string, path: string): string {
  return new URL(`http://x/${relative(folder, path).split(sep).map(encodeURIComponent).join('/')}`).pathname
}

function readFile(path: string): File {
  const bytes = new Uint8Array(readFileSync(path))
  return {
    bytes,
    type: TYPES[extname(path)]!,
    etag: `W/"${hash('sha256', bytes, 'base64url').slice(0, 22)}"`,
    immutable: path.includes(`${sep}assets${sep}`) && HASHED.test(path),
  }
}

function send(request: Request, file: File): Response {
  const isText = /^text|json|svg/.test(file.type)
  const zip = isText && /\bgzip\b(?!;q=0)/.test(request.headers.get('accept-encoding') ?? '')
  const headers = {
    'content-type': file.type,
    etag: file.etag,
    'cache-control': file.immutable ? 'public, max-age=31536000, immutable' : 'no-cache',
    ...(isText ? { vary: 'accept-encoding' } : {}),
    ...(zip ? { 'content-encoding': 'gzip' } : {}),
  }
  const known = request.headers.get('if-none-match')?.split(',') ?? []
  if (known.some((tag) => tag.trim().replace(/^(W\/)?/, 'W/') === file.etag)) {
    return new Response(null, { status: 304, headers })
  }
  if (request.method === 'HEAD') return new Response(null, { headers })
  if (!zip) return new Response(file.bytes, { headers })
  file.zipped ??= new Uint8Array(gzipSync(file.bytes))
  return new Response(file.zipped, { headers })
}

const NOT_BUILT = `<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">
<title>Cardea</title><link rel="stylesheet" href="/docs/style.css"></head>
<body class="plain"><main><h1>The dashboard is not built</h1>
<p>The server runs, and its API works: see the <a href="/docs">reference</a>. What is missing are the dashboard's files.</p>
<p>Build them where Cardea is installed, then start the server again:</p>
<pre>npm run build --workspace @cardea/dashboard</pre></main></body></html>
`

function notBuilt(): Response {
  return new Response(NOT_BUILT, { status: 503, headers: { 'content-type': 'text/html; charset=utf-8' } })
}
