import { useNavigate } from '@tanstack/react-router'
import { switchWorkspace, useMe } from '../me.ts'
import { text } from '../messages.ts'
import { placesFor } from '../nav.ts'
import { prefer, themes } from '../preferences.ts'
import type { IconName } from './icons.tsx'
import { signOut } from './sign-out.ts'

export interface Command {
  label: string
  icon: IconName
  keys?: string
  run(): void
}

/** Everything that can be done from anywhere, for the palette. */
export function useCommands(): Command[] {
  const me = useMe()
  const navigate = useNavigate()
  return [
    ...placesFor(me).map((place) => ({
      label: place.label,
      icon: place.icon,
      keys: `G ${place.letter.toUpperCase()}`,
      run: () => void navigate({ to: place.to }),
    })),
    ...me.workspaces
      .filter(({ workspaceId }) => workspaceId !== me.workspaceId)
      .map(({ workspaceId, name }) => ({
        label: text.palette.workspace(name),
        icon: 'chevrons' as const,
        run: () => void switchWorkspace(workspaceId),
      })),
    ...themes.map((theme) => ({
      label: text.palette.theme(text.you.themes[theme]),
      icon: 'theme' as const,
      run: () => prefer({ theme }),
    })),
    { label: text.nav.signOut, icon: 'door', run: () => void signOut() },
  ]
}
