import type { Clock } from '../clock.ts'
import type { Guard } from '../net/guard.ts'
import type { MailPort } from './check.ts'

/** Mail servers through the guard: a name is looked up once, and what it led to is what is called. */
export function createMailPort({ clock, guard }: { clock: Clock; guard: Guard }): MailPort {
  const options = { clock, guard }
  // Imported late: few connections are mailboxes.
  return {
    smtp: async (server, login) => (await import('../net/mail.ts')).checkSmtp(server, login, options),
    imap: async (server, login) => (await import('../net/mail.ts')).checkImap(server, login, options),
  }
}
