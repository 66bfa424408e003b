// Long: three ways to connect, nine scopes to explain and three actions.
import { defineService } from '../define.ts'
import { graph, graphApplication, graphGuarded, microsoftPerson, microsoftSignIn } from '../families/microsoft.ts'
import { webhook } from '../kinds.ts'

export const microsoft_teams = defineService({
  name: 'Microsoft Teams',
  docs: 'https://learn.microsoft.com/en-us/graph/api/resources/teams-api-overview',
  category: 'chat',
  icon: { letters: 'Te', colour: '#5059c9' },
  baseUrl: graph,
  auth: {
    oauth: microsoftSignIn({
      ask: { 'User.Read': 'See who you are', 'Team.ReadBasic.All': 'See the names of your teams' },
      offer: {
        'Channel.ReadBasic.All': 'See the names of channels',
        'ChannelMessage.Send': 'Post in channels as you',
        'ChannelMessage.Read.All': 'Read what is said in channels; needs an administrator',
        'Chat.Read': 'Read your chats',
        'ChatMessage.Send': 'Write in chats as you',
        'OnlineMeetings.Read': 'See your online meetings',
      },
    }),
    client_credentials: graphApplication(),
    // The older addresses on webhook.office.com died with the Office 365 connectors in May 2026.
    webhook: webhook({
      label: 'Workflow that posts to a channel',
      docs: 'https://support.microsoft.com/en-us/office/create-incoming-webhooks-with-workflows-for-microsoft-teams-8ae491c7-0394-4861-ba59-055e33f75498',
      steps: [
        'In Teams open the channel, then Workflows, and add the one that posts when a webhook request is received.',
        'Copy its address and take out the :443 in it. It takes adaptive cards.',
      ],
      hosts: ['*.environment.api.powerplatform.com', '*.logic.azure.com'],
      url: {
        label: 'Webhook address',
        hint: 'Without :443',
        pattern:
          '^https://[a-z0-9-]+\\.[a-z0-9]+\\.(environment\\.api\\.powerplatform\\.com|logic\\.azure\\.com)/[!-~]+$',
      },
      check: { none: 'every call starts the workflow and posts' },
      identity: { none: 'a webhook does not say whose it is' },
    }),
  },
  // Work and school accounts only; this call takes no query parameters.
  check: { get: '/me/joinedTeams', ok: { path: 'value', exists: true } },
  identity: microsoftPerson,
  guarded: [
    ...graphGuarded,
    'POST /teams/*/members/**',
    'POST /teams/*/installedApps',
    'POST /chats/*/members',
    'POST /chats/*/installedApps',
    'POST /users/*/teamwork/installedApps',
  ],
  actions: {
    list_teams: {
      does: 'read',
      title: 'List your teams',
      input: {},
      get: '/me/joinedTeams',
      gives: 'value',
      scopes: ['Team.ReadBasic.All'],
      methods: ['oauth'],
    },
    list_channels: {
      does: 'read',
      title: 'List the channels of a team',
      input: { team: { is: 'text', about: 'Team id' } },
      get: '/teams/{team}/channels',
      gives: 'value',
      scopes: ['Channel.ReadBasic.All'],
      methods: ['oauth', 'client_credentials'],
    },
    post_message: {
      does: 'write',
      title: 'Post in a channel',
      input: {
        team: { is: 'text', about: 'Team id' },
        channel: { is: 'text', about: 'Channel id' },
        text: { is: 'text', about: 'The message' },
      },
      post: '/teams/{team}/channels/{channel}/messages',
      body: { body: { content: '{text}' } },
      scopes: ['ChannelMessage.Send'],
      methods: ['oauth'],
    },
  },
  verified: {
    on: '2026-11-20',
    by: [
      'https://github.com/microsoftgraph/microsoft-graph-docs-contrib/blob/020c69b7eeba009011764f8eb13075c9f4716e60/api-reference/v1.0/api/user-list-joinedteams.md',
      'https://github.com/atc0005/send2teams/pull/723',
      'https://github.com/PostHog/posthog/pull/103896',
      'https://judeper.github.io/FSI-AgentGov-Solutions/solutions/message-center-monitor/teams-integration/',
    ],
  },
})
