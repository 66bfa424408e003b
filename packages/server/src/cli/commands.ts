import type { Command } from './command.ts'

/** Every command, once: dispatch, help and completion are made from this table. */
export const commands: readonly Command[] = [
  {
    words: ['serve'],
    summary: 'start the server',
    about: 'Starts the server, prints its address and, while there is no administrator, a link that makes one, once.',
    examples: ['cardea serve', 'CARDEA_PORT=8080 cardea serve'],
    load: () => import('./commands/serve.ts'),
  },
  {
    words: ['config'],
    summary: 'print the settings in force, and where each comes from',
    load: () => import('./commands/config.ts'),
  },
  {
    words: ['backup'],
    summary: 'write an encrypted backup, while the server serves',
    usage: '<file>',
    arguments: [1, 1],
    about:
      'Writes everything to one encrypted file, as it stood at one moment. Without the master key nothing in it can be read.',
    examples: ['cardea backup cardea-2026-01-01.backup'],
    load: () => import('./commands/backup.ts'),
  },
  {
    words: ['restore'],
    summary: 'fill an empty store from a backup',
    usage: '<file>',
    arguments: [1, 1],
    about:
      'Fills an empty data folder or database, of either kind, from a backup. Needs the master key that the backup was made with.',
    examples: ['CARDEA_DATA_DIR=/srv/cardea cardea restore cardea-2026-01-01.backup'],
    load: () => import('./commands/restore.ts'),
  },
  {
    words: ['vault', 'status'],
    summary: 'show which master key is in use, and the newest rotation',
    load: () => import('./commands/vault-status.ts'),
  },
  {
    words: ['vault', 'rotate-key'],
    summary: 'replace the master key',
    about:
      'Makes a new master key and wraps every data key anew, while the server serves. Goes on by itself after a crash.',
    load: async () => (await import('./commands/vault-rotate.ts')).masterKey,
  },
  {
    words: ['vault', 'rotate-data-keys'],
    summary: 'seal every credential anew with new data keys',
    about: 'Makes a new data key for each workspace and seals its credentials with it, while the server serves.',
    load: async () => (await import('./commands/vault-rotate.ts')).dataKeys,
  },
  {
    words: ['audit', 'verify'],
    summary: 'check that no audit record was edited, removed or rewritten',
    load: () => import('./commands/audit-verify.ts'),
  },
]
