// Long: two ways to connect, seven scopes to explain and two actions.
import { defineService } from '../define.ts'
import { bearer, oauth2 } from '../kinds.ts'

export const huggingface = defineService({
  name: 'Hugging Face',
  docs: 'https://huggingface.co/docs/hub/oauth',
  category: 'ai',
  icon: { slug: 'huggingface' },
  baseUrl: 'https://huggingface.co',
  hosts: ['router.huggingface.co', 'api-inference.huggingface.co'],
  auth: {
    oauth: oauth2({
      label: 'Sign in with Hugging Face',
      steps: [
        'In your settings under Connected Apps create an application with the redirect address shown here.',
        'Tick the scopes that you want to ask for, and copy client id and secret.',
      ],
      obtain: {
        authorize: 'https://huggingface.co/oauth/authorize',
        token: 'https://huggingface.co/oauth/token',
        answer: { lifetime: 28_800 },
        // No revocation address is published.
        revoke: { none: 'Take the app away in your settings under Connected Apps.' },
      },
      scopes: {
        ask: { openid: 'Know that it is you', profile: 'See your name' },
        offer: {
          email: 'See your e-mail address',
          'read-repos': 'Read your repositories',
          'write-repos': 'Change your repositories',
          'manage-repos': 'Make and delete repositories',
          'inference-api': 'Ask models on your account',
        },
      },
      check: { get: '/oauth/userinfo', ok: { path: 'sub', exists: true } },
      identity: { id: 'sub', label: ['preferred_username', 'name'] },
    }),
    token: bearer({
      label: 'Access token',
      docs: 'https://huggingface.co/settings/tokens',
      steps: ['In your settings open Access Tokens and make a fine-grained token for what it is meant to do.'],
      token: { label: 'Access token', pattern: '^(hf_[A-Za-z0-9]{30,}|api_org_[A-Za-z]{34})$', example: 'hf_…' },
    }),
  },
  // Limited tightly: not for polling.
  check: { get: '/api/whoami-v2', ok: { path: 'name', exists: true } },
  identity: { id: 'id', label: ['name', 'fullname'] },
  guarded: ['ANY /api/settings/**', 'POST /oauth/**', 'ANY /api/organizations/*/scim/**'],
  actions: {
    ask: {
      does: 'write',
      title: 'Ask a model',
      input: {
        model: { is: 'text', about: 'Model', example: 'meta-llama/Llama-3.3-70B-Instruct' },
        prompt: { is: 'text', about: 'What to ask' },
      },
      post: 'https://router.huggingface.co/v1/chat/completions',
      body: { model: '{model}', messages: [{ role: 'user', content: '{prompt}' }] },
      gives: 'choices.0.message',
      scopes: ['inference-api'],
    },
    search_models: {
      does: 'read',
      title: 'Find models',
      input: {
        query: { is: 'text', about: 'Part of the name' },
        limit: { is: 'integer', about: 'How many at most', default: 20 },
      },
      get: '/api/models',
      query: { search: '{query}', limit: '{limit}' },
    },
  },
  verified: {
    on: '2026-11-20',
    by: ['https://www.huggingface.co/docs/hub/oauth', 'https://huggingface.co/docs/hub/spaces-oauth'],
  },
})
