import { defineService } from '../define.ts'
import { bearer } from '../kinds.ts'

export const replicate = defineService({
  name: 'Replicate',
  docs: 'https://replicate.com/docs/reference/http',
  category: 'ai',
  icon: { slug: 'replicate' },
  baseUrl: 'https://api.replicate.com/v1',
  auth: {
    token: bearer({
      label: 'API token',
      docs: 'https://replicate.com/account/api-tokens',
      steps: ['In your account settings open API tokens, make a token and copy it.'],
      token: { label: 'API token', pattern: '^r8_[0-9A-Za-z_-]{37}$', example: 'r8_…' },
    }),
  },
  check: { get: '/account', ok: { path: 'username', exists: true } },
  identity: { id: 'username', label: ['name', 'username'] },
  guarded: ['GET /webhooks/default/secret'],
  actions: {
    run_model: {
      does: 'write',
      title: 'Run a model',
      input: {
        owner: { is: 'text', about: 'Owner of the model', example: 'black-forest-labs' },
        model: { is: 'text', about: 'Name of the model', example: 'flux-schnell' },
        input: { is: 'json', about: 'What the model takes', example: '{"prompt":"a lighthouse"}' },
      },
      post: '/models/{owner}/{model}/predictions',
      body: { input: '{input}' },
    },
    get_prediction: {
      does: 'read',
      title: 'See what a run gave',
      input: { prediction: { is: 'text', about: 'Id of the run' } },
      get: '/predictions/{prediction}',
    },
  },
  verified: { on: '2026-11-20', by: ['https://github.com/NangoHQ/nango'] },
})
