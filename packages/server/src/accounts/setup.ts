import type { Caller } from '../actor.ts'
import type { Clock } from '../clock.ts'
import { equalBytes } from '../crypto/equal.ts'
import { mintToken } from '../crypto/token.ts'
import { Problem } from '../errors.ts'
import { newId } from '../ids.ts'
import type { Secret } from '../secret.ts'
import {
  deleteDeploymentValue,
  findDeploymentValue,
  lockDeploymentValue,
  setDeploymentValue,
} from '../store/deployment.ts'
import { addMember } from '../store/members.ts'
import { addOperator } from '../store/operators.ts'
import { DEPLOYMENT } from '../store/schema.ts'
import type { Db, Store } from '../store/store.ts'
import { anyUserExists, createUser } from '../store/users.ts'
import { createWorkspace } from '../store/workspaces.ts'
import type { AuditPort } from './audit-port.ts'
import type { Sessions } from './better-auth.ts'
import { newPassword, readEmail, readName } from './entered.ts'
import { type SignedIn, startSession } from './people.ts'
import { linkWith, tokenHash } from './presented.ts'

/** The first administrator, by a link that works once. There is no default password that somebody could try. */
export interface Setup {
  /** A new link, the one before is void; undefined once somebody exists. To be printed, once. */
  link(): Promise<Secret | undefined>
  /** Whether the first administrator is still to come. */
  isOpen(): Promise<boolean>
  complete(caller: Caller, input: FirstAdministrator): Promise<SignedIn & { workspaceId: string }>
}

export interface FirstAdministrator {
  token: Secret
  name: string
  email: string
  password: Secret
  workspace: string
  userAgent?: string | undefined
}

export interface SetupDeps {
  store: Store
  clock: Clock
  audit: AuditPort
  publicUrl: () => string
  sessions: () => Promise<Sessions>
}

const LINK = 'setup_link'

export function createSetup({ store, clock, audit, publicUrl, sessions }: SetupDeps): Setup {
  return {
    link: async () => {
      const { token, hash } = mintToken('setup')
      const open = await store.within({}, async (db) => {
        if (await anyUserExists(db)) return false
        await setDeploymentValue(db, LINK, hash)
        return true
      })
      return open ? linkWith(`${publicUrl()}/setup`, token) : undefined
    },

    isOpen: () => store.within({}, async (db) => !(await anyUserExists(db))),

    complete: async (caller, input) => {
      const presented = tokenHash('setup', input.token)
      await store.within({}, async (db) => refuseWrong(db, await findDeploymentValue(db, LINK), presented))
      const name = readName(input.name)
      const email = readEmail(input.email)
      const workspaceName = readName(input.workspace, 'workspace')
      const password = newPassword(input.password)
      const auth = await sessions()
      const passwordHash = await auth.hashPassword(password)
      const workspaceId = newId('ws')

      return store.within({ workspaceId }, async (db) => {
        // Of two requests at once, on whichever server, the second waits here and then finds somebody.
        await refuseWrong(db, await lockDeploymentValue(db, LINK), presented)
        const now = clock.now()
        const person = await createUser(db, { name, email, passwordHash, now })
        if (!person) throw new Problem('setup.link_used')
        await addOperator(db, person.id, now)
        await createWorkspace(db, { id: workspaceId, name: workspaceName, created_at: now })
        await addMember(db, { workspace_id: workspaceId, user_id: person.id, role: 'admin', created_at: now })
        await deleteDeploymentValue(db, LINK)
        const { setCookie, as: first } = await startSession(db, audit, auth, caller, person.id, input.userAgent)
        await audit.record(db, {
          event: 'operator.added',
          workspaceId: DEPLOYMENT,
          caller: first,
          subject: person.id,
          risk: 'high',
        })
        await audit.record(db, { event: 'workspace.created', workspaceId, caller: first, subject: workspaceId })
        await audit.record(db, {
          event: 'member.added',
          workspaceId,
          caller: first,
          subject: person.id,
          detail: { role: 'admin' },
        })
        return { person, workspaceId, setCookie }
      })
    },
  }
}

async function refuseWrong(db: Db, expected: string | undefined, presented: string | undefined): Promise<void> {
  if (await anyUserExists(db)) throw new Problem('setup.link_used')
  if (!expected || !presented || !equalBytes(Buffer.from(expected), Buffer.from(presented))) {
    throw new Problem('setup.link_wrong')
  }
}
