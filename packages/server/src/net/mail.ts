/**
 * Mail servers. Promises: a credential is said inside verified TLS only, to the address that the guard has pinned; every wait and
 * every answer is limited; looking changes nothing (checks open no mailbox, reading marks nothing as read). Refuses a server that
 * does not offer TLS, and to tell what a server wrote: failures carry its codes, never its text, which may repeat a password.
 */
export { checkImap } from './mail-imap.ts'
export { type ListMail, listMail, type MailHead, type MailList, type ReadMail, readMail } from './mail-read.ts'
export { type MailAddress, type OutgoingMail, type RefusedRecipient, type SentMail, sendMail } from './mail-send.ts'
export { checkSmtp } from './mail-smtp.ts'
export {
  type MailCheck,
  type MailLogin,
  type MailMeaning,
  type MailOptions,
  type MailReason,
  type MailServer,
  type MailStep,
  MailTrouble,
} from './mail-words.ts'
