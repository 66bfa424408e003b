import { defineService } from '../define.ts'
import { bearer, discovered, none } from '../kinds.ts'

export const mcp = defineService({
  name: 'MCP server',
  docs: 'https://modelcontextprotocol.io/specification/2026-07-28/basic/authorization',
  category: 'generic',
  icon: { slug: 'modelcontextprotocol' },
  settings: { server: { kind: 'url', label: 'Address of the server', example: 'https://mcp.notion.com/mcp' } },
  baseUrl: '{server}',
  // Answers come as JSON or as a stream of events; the server chooses, and wants to hear that both will do.
  headers: { accept: 'application/json, text/event-stream' },
  auth: {
    oauth: discovered({
      label: 'Sign in',
      steps: [
        'Enter the address of the server and choose Connect: where to sign in is found out from the server itself.',
        'GitHub, Slack and some others take no registrations: register an app there with the redirect address shown here first.',
      ],
      // Registering by oneself is on its way out in favour of a published document, and is still what most servers know.
      obtain: { resource: '{server}', register: ['document', 'dynamic', 'app'], answer: { lifetime: 'unknown' } },
    }),
    token: bearer({
      label: 'Token',
      steps: ['Make a token in the settings of the service behind the server, and paste it without the word Bearer.'],
      token: { label: 'Token', pattern: '^[!-~]+$' },
    }),
    none: none({
      label: 'Open to everybody',
      steps: ['Enter the address of the server. It asks for no credential.'],
      check: { mcp: '{server}' },
      identity: { from: 'values', id: 'server', label: 'server' },
    }),
  },
  // Asks the new way what the server is, and the old way where that is unknown.
  check: { mcp: '{server}' },
  identity: { none: 'the protocol has no call that says whose token it is' },
  verified: {
    on: '2026-11-20',
    by: [
      'https://modelcontextprotocol.io/specification/latest/basic/authorization/authorization-server-discovery',
      'https://raw.githubusercontent.com/modelcontextprotocol/modelcontextprotocol/main/docs/specification/2025-06-18/basic/authorization.mdx',
      'https://scalar.com/learn/mcp/mcp-oauth',
      'https://dev.to/instatunnel/mcp-auth-gets-real-what-the-2026-07-28-spec-means-for-local-mcp-servers-behind-a-tunnel-2dg1',
    ],
  },
})
