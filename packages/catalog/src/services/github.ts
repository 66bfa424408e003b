// Long: six ways to connect, 16 scopes to explain and two actions.
import { defineService } from '../define.ts'
import { bearer, device, jwtAssertion, oauth2 } from '../kinds.ts'

const token = 'https://github.com/login/oauth/access_token'
const authorize = 'https://github.com/login/oauth/authorize'
// Form-encoded unless asked, and errors come with 200.
const headers = { accept: 'application/json' } as const
const revoke = {
  url: 'https://api.github.com/applications/{clientId}/token',
  method: 'DELETE',
  body: 'json',
  client: 'basic',
  params: { access_token: '{accessToken}' },
} as const
const scopes = {
  ask: { 'read:user': 'Read your profile' },
  offer: {
    repo: 'Read and write all your repositories',
    public_repo: 'Write to public repositories',
    'read:org': 'See your organisations',
    gist: 'Write gists',
    workflow: 'Change workflow files',
    notifications: 'Read notifications',
    project: 'Read and write projects',
  },
} as const

export const github = defineService({
  name: 'GitHub',
  docs: 'https://docs.github.com/en/apps/oauth-apps/building-oauth-apps/creating-an-oauth-app',
  category: 'developer',
  icon: { slug: 'github' },
  baseUrl: 'https://api.github.com',
  hosts: ['uploads.github.com', 'raw.githubusercontent.com', 'codeload.github.com'],
  headers: { accept: 'application/vnd.github+json', 'x-github-api-version': '2022-11-28', 'user-agent': 'cardea' },
  auth: {
    oauth: oauth2({
      label: 'Sign in with GitHub',
      steps: [
        'In Settings › Developer settings › OAuth Apps make an app with the callback address shown here.',
        'Generate a client secret and copy it: GitHub shows it once.',
      ],
      // Scopes are asked for with spaces and come back with commas.
      obtain: {
        authorize,
        token,
        client: 'body',
        headers,
        answer: { lifetime: 'never', separator: ',' },
        refresh: false,
        revoke,
      },
      scopes,
    }),
    app_user: oauth2({
      label: 'Sign in through a GitHub App',
      docs: 'https://docs.github.com/en/apps/creating-github-apps',
      steps: [
        'In Developer settings › GitHub Apps make an app with the callback address shown here; its permissions take the place of scopes.',
        'Generate a client secret.',
      ],
      obtain: {
        authorize,
        token,
        client: 'body',
        headers,
        answer: { lifetime: 'never' },
        refresh: { rotates: 'always', lapses: { idleSeconds: 15_897_600 } },
        revoke,
      },
    }),
    installation: jwtAssertion({
      label: 'GitHub App installation',
      docs: 'https://docs.github.com/en/apps/creating-github-apps/authenticating-with-a-github-app/authenticating-as-a-github-app-installation',
      steps: [
        'Generate a private key on the page of your GitHub App.',
        'Install the app; the number at the end of the address of the installation is its id.',
      ],
      settings: {
        appId: { kind: 'text', label: 'App id or client id', pattern: '^[A-Za-z0-9.]{1,40}$' },
        installationId: { kind: 'text', label: 'Installation id', pattern: '^[0-9]{1,12}$' },
      },
      fields: { privateKey: { label: 'Private key', shape: 'pem' } },
      obtain: {
        as: 'bearer',
        token: 'https://api.github.com/app/installations/{installationId}/access_tokens',
        client: 'none',
        jwt: {
          alg: 'RS256',
          key: { field: 'privateKey' },
          claims: { iss: '{appId}' },
          lifeSeconds: 540,
          backdateSeconds: 60,
        },
        answer: { at: { accessToken: 'token', expiresAt: 'expires_at' } },
        refresh: false,
      },
      // An installation is nobody: it cannot ask who it is.
      check: { get: '/installation/repositories?per_page=1' },
      identity: { from: 'values', id: 'installationId', label: 'appId' },
    }),
    token: bearer({
      label: 'Personal access token',
      docs: 'https://docs.github.com/en/authentication/keeping-your-account-and-data-secure/managing-your-personal-access-tokens',
      steps: [
        'In Developer settings › Personal access tokens make a fine-grained token for the repositories you mean.',
      ],
      token: {
        label: 'Token',
        pattern: '^(github_pat_[0-9A-Za-z_]{82}|gh[pousr]_[A-Za-z0-9_]{36,255})$',
        example: 'github_pat_11AB…',
      },
    }),
    device: device({
      label: 'With a code, on another device',
      steps: ['On the page of your OAuth app tick Enable Device Flow.'],
      obtain: {
        device: 'https://github.com/login/device/code',
        token,
        client: 'none',
        headers,
        answer: { lifetime: 'never', separator: ',' },
        refresh: false,
      },
      scopes,
    }),
    cli: bearer({
      label: 'The GitHub CLI on your computer',
      steps: ['Sign in with gh auth login; cardea connect finds it.'],
      reader: 'gh',
      token: { label: 'Token' },
    }),
  },
  check: { get: '/user', ok: { path: 'login', exists: true } },
  identity: { id: 'id', label: 'login' },
  answers: {
    // A spent budget is 403 as often as 429.
    limited: [
      { status: 429 },
      { status: 403, header: 'x-ratelimit-remaining', is: '0' },
      { status: 403, contains: 'secondary rate limit' },
    ],
    comeBack: { header: 'x-ratelimit-reset', as: 'epoch_seconds' },
  },
  guarded: [
    'POST /app/installations/*/access_tokens',
    'ANY /applications/**',
    'POST /app-manifests/*/conversions',
    'POST /repos/*/*/actions/runners/**',
    'POST /orgs/*/actions/runners/**',
    'POST /repos/*/*/keys',
    'POST /user/keys',
    'POST /user/gpg_keys',
    'POST /user/ssh_signing_keys',
    'POST /enterprises/*/actions/runners/**',
  ],
  actions: {
    create_issue: {
      does: 'write',
      title: 'Open an issue',
      input: {
        owner: { is: 'text', about: 'Owner of the repository' },
        repository: { is: 'text', about: 'Name of the repository' },
        title: { is: 'text', about: 'Title' },
        text: { is: 'text', about: 'Description, in Markdown', optional: true },
        labels: { is: 'text', about: 'Labels', many: true, optional: true },
      },
      post: '/repos/{owner}/{repository}/issues',
      body: { title: '{title}', body: '{text}', labels: '{labels}' },
      scopes: ['repo', 'public_repo'],
    },
    list_issues: {
      does: 'read',
      title: 'List the issues of a repository',
      input: {
        owner: { is: 'text', about: 'Owner of the repository' },
        repository: { is: 'text', about: 'Name of the repository' },
        state: { is: 'text', about: 'Which ones', options: ['open', 'closed', 'all'], default: 'open' },
      },
      get: '/repos/{owner}/{repository}/issues',
      query: { state: '{state}' },
    },
  },
  verified: {
    on: '2026-11-20',
    by: ['https://github.com/github/docs', 'https://github.com/octokit/auth-oauth-app.js/issues/13'],
  },
})
