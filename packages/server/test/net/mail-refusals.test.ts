import { describe, expect, it } from 'vitest'
import { checkSmtp } from '../../src/net/mail.ts'
import { fakeMail, login, mailOptions, smtp } from './fake-mail.ts'

describe('what SMTP servers say to a login', () => {
  it.each([
    ['535 5.7.8 Error: authentication failed', 'rejected', 'auth_rejected'],
    ['535-5.7.8 Username and Password not accepted. For more information, go to', 'rejected', 'auth_rejected'],
    ['535 5.7.3 Authentication unsuccessful [AB1PR01CA0001.example]', 'rejected', 'auth_rejected'],
    ['535 5.7.139 Authentication unsuccessful, the user credentials were incorrect.', 'rejected', 'auth_rejected'],
    ['535 Incorrect authentication data', 'rejected', 'auth_rejected'],
    ['501 5.7.0 authentication failed', 'rejected', 'auth_rejected'],
    ['534-5.7.9 Application-specific password required. Learn more at', 'restricted', 'app_password_needed'],
    [
      '534-5.7.14 <https://accounts.example/signin/continue> Please log in via your web browser and',
      'restricted',
      'web_login_needed',
    ],
    [
      '535 5.7.139 Authentication unsuccessful, basic authentication is disabled. [X]',
      'restricted',
      'basic_auth_disabled',
    ],
    [
      '535 5.7.139 Authentication unsuccessful, SmtpClientAuthentication is disabled for the Tenant.',
      'restricted',
      'protocol_disabled',
    ],
    [
      '535 5.7.139 Authentication unsuccessful, SmtpClientAuthentication is disabled for the Mailbox.',
      'restricted',
      'protocol_disabled',
    ],
    [
      "535 5.7.139 Authentication unsuccessful, user is locked by your organization's security defaults policy.",
      'restricted',
      'policy_refused',
    ],
    [
      '535 5.7.139 Authentication unsuccessful, the request did not meet the criteria to be authenticated successfully.',
      'restricted',
      'policy_refused',
    ],
    ['525 5.7.13 Account disabled', 'restricted', 'account_disabled'],
    ['534 5.7.9 Authentication mechanism is too weak', 'restricted', 'auth_method_unavailable'],
    ['504 5.5.4 Unrecognized authentication type', 'restricted', 'auth_method_unavailable'],
    ['538 5.7.11 Encryption required', 'restricted', 'encryption_required'],
    ['530 5.7.0 Must issue a STARTTLS command first', 'restricted', 'encryption_required'],
    ['550 5.7.1 Not from your network', 'restricted', 'login_refused'],
    ['454 4.7.0 Temporary authentication failure', 'unavailable', 'temporarily_unavailable'],
    ['454-4.7.0 Too many login attempts, please try again later.', 'limited', 'too_many_attempts'],
    ['535 5.7.0 (#AUTH005) Too many bad auth attempts.', 'limited', 'too_many_attempts'],
    ['421 4.3.2 Service not available', 'unavailable', 'temporarily_unavailable'],
    ['421 4.7.0 Too many concurrent SMTP connections', 'limited', 'too_many_connections'],
    ['432 4.3.2 Concurrent connections limit exceeded', 'limited', 'too_many_connections'],
    ['451 4.7.0 Temporary server error. Please try again later', 'unavailable', 'temporarily_unavailable'],
    ['503 5.5.1 Bad sequence of commands', 'unavailable', 'answer_bad'],
    ['250 ok', 'unavailable', 'answer_bad'],
  ])('"%s" is %s: %s', async (answer, is, reason) => {
    // A reply of several lines ends with one that has a space after the code.
    const lines = answer[3] === '-' ? [answer, `${answer.slice(0, 3)} and so on`] : [answer]
    await using fake = await fakeMail(smtp({ on: (line) => (line.startsWith('AUTH') ? lines : undefined) }), true)
    const result = await checkSmtp(fake.server('tls'), login, mailOptions())
    expect(result).toMatchObject({ is, reason, step: 'login' })
  })

  it.each([
    ['554 5.7.1 Service unavailable; client host blocked', 'unavailable', 'client_refused'],
    ['421 4.3.2 Down for maintenance', 'unavailable', 'temporarily_unavailable'],
    ['421 4.7.0 Too many connections from your IP', 'limited', 'too_many_connections'],
    ['200 hello?', 'unreachable', 'greeting_bad'],
    // Nothing has been asked about the password yet: no wording makes this a rejected one.
    ['535 authentication failed', 'unavailable', 'client_refused'],
  ])('and "%s" for a greeting is %s: %s', async (greeting, is, reason) => {
    await using fake = await fakeMail(smtp({ greeting }), true)
    const result = await checkSmtp(fake.server('tls'), login, mailOptions())
    expect(result).toMatchObject({ is, reason, step: 'greeting' })
    expect(fake.heard).toBe('')
  })
})
