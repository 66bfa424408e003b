import { spawn, spawnSync } from 'node:child_process'
import { accessSync, constants } from 'node:fs'
import type { RequestListener } from 'node:http'
import { join } from 'node:path'

const backend = join(spawnSync('git', ['--exec-path']).stdout?.toString().trim() ?? '', 'git-http-backend')

export const hasSmartHttp = isThere()

function isThere(): boolean {
  try {
    accessSync(backend, constants.X_OK)
    return true
  } catch {
    return false
  }
}

/** The repositories of a folder over HTTP, by the program that comes with git, as CGI. */
export function smartHttp(root: string): RequestListener {
  return (request, response) => {
    const [path = '', query = ''] = request.url!.split('?')
    const { 'content-length': length, 'content-type': type, 'content-encoding': coding } = request.headers
    const child = spawn(backend, [], {
      env: {
        PATH: process.env.PATH,
        GIT_PROJECT_ROOT: root,
        GIT_HTTP_EXPORT_ALL: '1',
        REMOTE_USER: 'ada',
        REQUEST_METHOD: request.method,
        PATH_INFO: path,
        QUERY_STRING: query,
        CONTENT_TYPE: type,
        ...(length ? { CONTENT_LENGTH: length } : {}),
        ...(coding ? { HTTP_CONTENT_ENCODING: coding } : {}),
        GIT_PROTOCOL: String(request.headers['git-protocol'] ?? ''),
      },
    })
    request.pipe(child.stdin).on('error', () => {})
    let head: Buffer | undefined = Buffer.alloc(0)
    child.stdout.on('data', (chunk: Buffer) => {
      if (!head) {
        response.write(chunk)
        return
      }
      head = Buffer.concat([head, chunk])
      const end = head.indexOf('\r\n\r\n')
      if (end < 0) return
      const lines = head.subarray(0, end).toString().split('\r\n')
      const fields = lines.map((line) => [line.slice(0, line.indexOf(':')), line.slice(line.indexOf(':') + 2)] as const)
      const status = fields.find(([name]) => name === 'Status')?.[1]
      response.writeHead(
        Number(status?.slice(0, 3) ?? 200),
        Object.fromEntries(fields.filter(([name]) => name !== 'Status')),
      )
      response.write(head.subarray(end + 4))
      head = undefined
    })
    child.stdout.on('end', () => response.end())
  }
}
