import { defineService } from '../define.ts'
import { keys } from '../kinds.ts'

export const telegram_bot = defineService({
  name: 'Telegram Bot',
  docs: 'https://core.telegram.org/bots/api',
  category: 'chat',
  icon: { slug: 'telegram' },
  baseUrl: 'https://api.telegram.org',
  auth: {
    bot_token: keys({
      label: 'Bot token',
      steps: ['In Telegram write /newbot to @BotFather, choose a name, and copy the token it answers with.'],
      fields: { token: { label: 'Bot token', pattern: '^[0-9]{8,12}:[A-Za-z0-9_-]{35}$' } },
      // Missing: files are fetched below /file/bot{token}, a second place for the same token.
      send: { path: '/bot{token}{path}' },
    }),
  },
  check: { get: '/getMe', ok: { path: 'ok', is: true } },
  identity: { id: 'result.id', label: ['result.username', 'result.first_name'] },
  guarded: [
    'ANY /getManagedBotToken',
    'ANY /replaceManagedBotToken',
    'ANY /setWebhook',
    'ANY /deleteWebhook',
    'ANY /logOut',
  ],
  actions: {
    send_message: {
      does: 'write',
      title: 'Send a message',
      input: {
        chat: { is: 'text', about: 'Id of the chat, or @name of a channel', example: '@acme_news' },
        text: { is: 'text', about: 'The message' },
      },
      post: '/sendMessage',
      body: { chat_id: '{chat}', text: '{text}' },
      gives: 'result',
    },
    list_updates: {
      does: 'read',
      title: 'Read what was lately sent to the bot',
      input: { limit: { is: 'integer', about: 'How many at most, up to 100', default: 50 } },
      get: '/getUpdates',
      query: { limit: '{limit}' },
      gives: 'result',
    },
  },
  verified: {
    on: '2026-11-20',
    by: [
      'https://core.telegram.org/bots/api',
      'https://github.com/vrumger/telegram-errors',
      'https://github.com/NangoHQ/nango',
    ],
  },
})
