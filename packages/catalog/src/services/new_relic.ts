// Long: one way to connect and two actions.
import { defineService } from '../define.ts'
import { apiKey } from '../kinds.ts'

export const new_relic = defineService({
  name: 'New Relic',
  docs: 'https://docs.newrelic.com/docs/apis/intro-apis/new-relic-api-keys/',
  category: 'observability',
  icon: { slug: 'newrelic' },
  settings: {
    region: {
      kind: 'choice',
      label: 'Region',
      hint: 'A key of the other region is refused.',
      default: 'us',
      options: {
        us: { label: 'United States', api: 'api.newrelic.com' },
        eu: { label: 'Europe', api: 'api.eu.newrelic.com' },
      },
    },
  },
  baseUrl: 'https://{region.api}',
  auth: {
    api_key: apiKey('api-key', {
      label: 'User key',
      steps: [
        'Click your name, open API keys and create a key of type User. Keys for sending data (…NRAL) are no use here.',
      ],
      key: { label: 'User key', pattern: '^NRAK-[A-Z0-9]{27}$', example: 'NRAK-…' },
    }),
  },
  // Errors come inside a 200.
  check: {
    post: '/graphql',
    graphql: '{ actor { user { id email name } } }',
    ok: { path: 'data.actor.user.id', exists: true },
  },
  identity: { id: 'data.actor.user.id', label: ['data.actor.user.email', 'data.actor.user.name'], at: '{region}' },
  // Keys are made by mutations at the one address of everything, which no path can tell apart.
  actions: {
    run_query: {
      does: 'read',
      title: 'Run an NRQL query',
      input: {
        account: { is: 'integer', about: 'Account id' },
        query: { is: 'text', about: 'The query', example: 'SELECT count(*) FROM Transaction SINCE 1 hour ago' },
      },
      post: '/graphql',
      graphql:
        'query($account: Int!, $nrql: Nrql!) { actor { account(id: $account) { nrql(query: $nrql) { results } } } }',
      variables: { account: '{account}', nrql: '{query}' },
      gives: 'data.actor.account.nrql.results',
    },
    list_accounts: {
      does: 'read',
      title: 'List accounts',
      input: {},
      post: '/graphql',
      graphql: '{ actor { accounts { id name } } }',
      gives: 'data.actor.accounts',
    },
  },
  verified: {
    on: '2026-11-20',
    by: ['https://github.com/superplanehq/superplane', 'https://github.com/trufflesecurity/trufflehog'],
  },
})
