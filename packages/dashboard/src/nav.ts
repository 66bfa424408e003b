import type { Me } from '@cardea/sdk'
import { text } from './messages.ts'
import type { IconName } from './parts/icons.tsx'

/** The pages of the shell, in order: who may see which, where it is, and the letter that follows G. */
export interface Place {
  to: '/' | '/members' | '/keys' | '/audit' | '/you' | '/system'
  label: string
  shortLabel?: string
  icon: IconName
  letter: string
  /** Without one it is for everybody who is signed in. */
  permission?: string
  /** Whether it is about a workspace, and not shown to whoever is in none. */
  inWorkspace: boolean
}

export const places: readonly Place[] = [
  { to: '/', label: text.nav.overview, icon: 'overview', letter: 'o', inWorkspace: true },
  {
    to: '/members',
    label: text.nav.members,
    icon: 'members',
    letter: 'm',
    permission: 'member:manage',
    inWorkspace: true,
  },
  {
    to: '/keys',
    label: text.nav.keys,
    shortLabel: text.nav.keysShort,
    icon: 'keys',
    letter: 'k',
    permission: 'key:manage',
    inWorkspace: true,
  },
  { to: '/audit', label: text.nav.audit, icon: 'audit', letter: 'a', permission: 'audit:read', inWorkspace: true },
  { to: '/you', label: text.nav.you, icon: 'you', letter: 'y', inWorkspace: false },
  {
    to: '/system',
    label: text.nav.system,
    icon: 'system',
    letter: 's',
    permission: 'deployment:read',
    inWorkspace: false,
  },
]

export function may(me: Me, permission: string | undefined): boolean {
  return permission === undefined || me.permissions.includes(permission)
}

export function placesFor(me: Me): Place[] {
  return places.filter((place) => may(me, place.permission) && (!place.inWorkspace || me.workspaceId !== null))
}
