/** What every made-up service in these tests has in common. */
export const frame = {
  name: 'Example',
  docs: 'https://example.com/docs',
  category: 'developer',
  icon: { letters: 'Ex', colour: '#123456' },
  baseUrl: 'https://api.example.com',
  check: { get: '/me' },
  identity: { id: 'id' },
  verified: { on: '2026-11-20', by: ['https://example.com'] },
} as const
export const words = { label: 'Connect', steps: ['Do this, then that.'] } as const
export const authorize = 'https://example.com/authorize'
export const token = 'https://example.com/token'
