// Long: three ways to connect, six scopes to explain and three actions.
import { defineService } from '../define.ts'
import { fragment, keys, oauth1 } from '../kinds.ts'

const steps = [
  'At trello.com/power-ups/admin make a Power-Up, open API key and generate one.',
  'On the same page add the origin of the redirect address shown here to the allowed origins.',
] as const
const scopes = {
  separator: ',',
  ask: { read: 'Read your boards' },
  offer: { write: 'Create and change cards and boards', account: 'See your address and change your profile' },
} as const

export const trello = defineService({
  name: 'Trello',
  docs: 'https://developer.atlassian.com/cloud/trello/guides/rest-api/authorization/',
  category: 'project_management',
  icon: { slug: 'trello' },
  baseUrl: 'https://api.trello.com/1',
  hosts: ['trello.com'],
  auth: {
    // Missing: a word to end what OAuth 1 and the fragment gave (DELETE /tokens/{token}).
    oauth: oauth1({
      label: 'Sign in with Trello',
      steps,
      obtain: {
        request: 'https://trello.com/1/OAuthGetRequestToken',
        authorize: 'https://trello.com/1/OAuthAuthorizeToken',
        token: 'https://trello.com/1/OAuthGetAccessToken',
        // Without the first a token lives thirty days, and nothing renews it.
        params: { expiration: 'never', scope: '{scopes}', name: 'Cardea' },
      },
      // Calls need no signature.
      send: { headers: { authorization: 'OAuth oauth_consumer_key="{clientId}", oauth_token="{accessToken}"' } },
      scopes,
    }),
    authorize: fragment({
      label: 'Sign in with Trello, without a secret',
      steps,
      app: { fields: { key: { label: 'API key', pattern: '^[0-9a-f]{32}$' } } },
      obtain: {
        authorize: 'https://trello.com/1/authorize',
        params: {
          key: '{key}',
          name: 'Cardea',
          scope: '{scopes}',
          expiration: 'never',
          response_type: 'token',
          callback_method: 'fragment',
        },
        returnsTo: 'return_url',
        at: 'token',
      },
      send: { headers: { authorization: 'OAuth oauth_consumer_key="{key}", oauth_token="{accessToken}"' } },
      scopes,
    }),
    keys: keys({
      label: 'API key and token',
      steps: [
        'At trello.com/power-ups/admin open your Power-Up and copy its API key.',
        'Beside the key follow the link Token, allow access, and copy the token: it never ends.',
      ],
      fields: {
        key: { label: 'API key', pattern: '^[0-9a-f]{32}$' },
        token: { label: 'Token', pattern: '^(ATTA)?[0-9a-fA-F]{64,76}$' },
      },
      send: { headers: { authorization: 'OAuth oauth_consumer_key="{key}", oauth_token="{token}"' } },
    }),
  },
  check: { get: '/members/me?fields=id,username,fullName,email', ok: { path: 'id', exists: true } },
  identity: { id: 'id', label: ['username', 'fullName'] },
  guarded: ['ANY /tokens/**', 'GET /members/*/tokens', 'ANY /webhooks/**'],
  actions: {
    list_boards: {
      does: 'read',
      title: 'List your boards',
      input: {},
      get: '/members/me/boards',
      query: { fields: 'id,name,url,closed' },
      scopes: ['read'],
    },
    list_lists: {
      does: 'read',
      title: 'List the lists of a board, with their cards',
      input: { board: { is: 'text', about: 'Id of the board' } },
      get: '/boards/{board}/lists',
      query: { cards: 'open', card_fields: 'id,name,url,due', fields: 'id,name' },
      scopes: ['read'],
    },
    create_card: {
      does: 'write',
      title: 'Create a card',
      input: {
        list: { is: 'text', about: 'Id of the list' },
        name: { is: 'text', about: 'Title' },
        text: { is: 'text', about: 'Description', optional: true },
        due: { is: 'time', about: 'When it is due', optional: true },
      },
      post: '/cards',
      body: { idList: '{list}', name: '{name}', desc: '{text}', due: '{due}' },
      scopes: ['write'],
    },
  },
  verified: {
    on: '2026-11-20',
    by: [
      'https://developer.atlassian.com/cloud/trello/guides/rest-api/authorization/',
      'https://mrrefactoring.github.io/trello.js/guide/authentication',
      'https://github.com/NangoHQ/nango',
    ],
  },
})
