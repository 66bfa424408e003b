/** Where other tools keep their logins, for the user's own CLI to offer. Read only: nothing is refreshed or written back. */
export interface Reader {
  readonly tool: string
  /** Prints the credential. Tried first. */
  readonly command?: readonly string[]
  /** Below the home directory; `keychain` is a macOS item. */
  readonly file?: string
  readonly keychain?: string
  /** Path into the file, per field of the method that names this reader. */
  readonly gives: Readonly<Record<string, string>>
  /** Path to the time after which what was read is stale. */
  readonly expiresAt?: string
}

export const readers = {
  // `gh auth token` knows about keyrings; the file holds the token only where there is none.
  gh: { tool: 'GitHub CLI', command: ['gh', 'auth', 'token'], gives: { token: '' } },
  claude: {
    tool: 'Claude Code',
    file: '.claude/.credentials.json',
    keychain: 'Claude Code-credentials',
    gives: { token: 'claudeAiOauth.accessToken' },
    expiresAt: 'claudeAiOauth.expiresAt',
  },
  codex: { tool: 'Codex', file: '.codex/auth.json', gives: { token: 'OPENAI_API_KEY' } },
} as const satisfies Readonly<Record<string, Reader>>
