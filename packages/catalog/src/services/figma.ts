// Long: two ways to connect, six scopes to explain and three actions.
import { defineService } from '../define.ts'
import { apiKey, oauth2 } from '../kinds.ts'

export const figma = defineService({
  name: 'Figma',
  docs: 'https://developers.figma.com/docs/rest-api/authentication/',
  category: 'design',
  icon: { slug: 'figma' },
  baseUrl: 'https://api.figma.com',
  auth: {
    oauth: oauth2({
      label: 'Sign in with Figma',
      steps: [
        'At figma.com/developers/apps make an app and add the redirect address shown here.',
        'Tick the scopes asked for here, publish the app, and copy client id and client secret.',
      ],
      obtain: {
        authorize: 'https://www.figma.com/oauth',
        token: 'https://api.figma.com/v1/oauth/token',
        refresh: { url: 'https://api.figma.com/v1/oauth/refresh', rotates: 'never' },
        revoke: { none: 'Remove the app among those connected, in the settings of Figma.' },
      },
      scopes: {
        separator: ',',
        ask: { 'current_user:read': 'See your name, address and picture' },
        offer: {
          'file_content:read': 'Read files',
          'file_metadata:read': 'See names and dates of files',
          'file_comments:read': 'Read comments',
          'file_comments:write': 'Write and delete comments',
          'projects:read': 'List projects and their files',
        },
      },
    }),
    // As a bearer it is refused.
    token: apiKey('x-figma-token', {
      label: 'Personal access token',
      docs: 'https://developers.figma.com/docs/rest-api/personal-access-tokens/',
      steps: [
        'In Figma open Settings › Security › Personal access tokens and generate one.',
        'Give it current_user:read and what you need; it lives ninety days at most.',
      ],
      key: { label: 'Token', pattern: '^figd_[A-Za-z0-9_-]{40,}$', example: 'figd_…' },
    }),
  },
  check: { get: '/v1/me', ok: { path: 'id', exists: true } },
  identity: { id: 'id', label: ['email', 'handle'] },
  // A wrong token is no 401 here.
  answers: { rejected: [{ status: 401 }, { status: 403, contains: 'Invalid token' }] },
  guarded: ['POST /v2/webhooks', 'PUT /v2/webhooks/*', 'ANY /v1/oauth/**'],
  actions: {
    read_file: {
      does: 'read',
      title: 'Read a file',
      input: {
        file: { is: 'text', about: 'Key of the file, from its address' },
        depth: { is: 'integer', about: 'How deep', default: 2 },
      },
      get: '/v1/files/{file}',
      query: { depth: '{depth}' },
      scopes: ['file_content:read'],
    },
    list_comments: {
      does: 'read',
      title: 'Read the comments of a file',
      input: { file: { is: 'text', about: 'Key of the file, from its address' } },
      get: '/v1/files/{file}/comments',
      gives: 'comments',
      scopes: ['file_comments:read'],
    },
    add_comment: {
      does: 'write',
      title: 'Comment on a file',
      input: {
        file: { is: 'text', about: 'Key of the file, from its address' },
        text: { is: 'text', about: 'The comment' },
        comment: { is: 'text', about: 'Id of the comment to answer', optional: true },
      },
      post: '/v1/files/{file}/comments',
      body: { message: '{text}', comment_id: '{comment}' },
      scopes: ['file_comments:write'],
    },
  },
  verified: {
    on: '2026-11-20',
    by: [
      'https://developers.figma.com/docs/rest-api/authentication',
      'https://developers.figma.com/docs/rest-api/personal-access-tokens/',
      'https://github.com/figma/rest-api-spec',
      'https://arcticjs.dev/providers/figma',
      'https://github.com/better-auth/better-auth',
    ],
  },
})
