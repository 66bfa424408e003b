import { useQuery } from '@tanstack/react-query'
import { Link, Outlet } from '@tanstack/react-router'
import { useCallback, useMemo, useState } from 'react'
import { queries } from '../api.ts'
import { MeContext } from '../me.ts'
import { text } from '../messages.ts'
import { type Place, placesFor } from '../nav.ts'
import { usePreferences } from '../preferences.ts'
import { Dialog } from './dialog.tsx'
import { Icon } from './icons.tsx'
import { Mark } from './mark.tsx'
import { Notices } from './notice.tsx'
import { Palette } from './palette.tsx'
import { SessionEnded } from './session-ended.tsx'
import { useShortcuts } from './shortcuts.ts'
import { signOut } from './sign-out.ts'
import { WorkspaceList, WorkspaceMenu } from './workspace-menu.tsx'

const PLACES_IN_BAR = 4
const isApple = /Mac|iPhone|iPad/.test(navigator.userAgent)

/** What stays around every page for whoever is signed in: the side on wide screens, the bar at the bottom on phones. */
export function Shell() {
  const { data: current } = useQuery(queries.me())
  // Kept when the session ends, so that the page below stays as it is.
  const [me, setMe] = useState(current)
  if (current && current !== me) setMe(current)
  const [isPaletteOpen, setPaletteOpen] = useState(false)
  const openPalette = useCallback(() => setPaletteOpen(true), [])
  const reachable = useMemo(() => (me ? placesFor(me) : []), [me])
  useShortcuts(reachable, openPalette)
  if (!me) return null

  return (
    <MeContext value={me}>
      <a
        href="#content"
        className="fixed top-2 left-2 z-40 -translate-y-16 rounded-md bg-ink px-3 py-2 text-canvas focus:translate-y-0"
      >
        {text.common.skip}
      </a>
      <div className="md:grid md:grid-cols-[15rem_minmax(0,1fr)]">
        <Side places={reachable} openPalette={openPalette} />
        <TopBar />
        <main id="content" tabIndex={-1} className="min-w-0">
          {/* Another workspace is another page: nothing of the one before stays on it. */}
          <Outlet key={me.workspaceId} />
        </main>
        <BottomBar places={reachable} />
      </div>
      <Notices />
      {isPaletteOpen && <Palette onClose={() => setPaletteOpen(false)} />}
      {current === null && <SessionEnded />}
    </MeContext>
  )
}

function Side({ places, openPalette }: { places: readonly Place[]; openPalette: () => void }) {
  const { shortcuts } = usePreferences()
  const item = 'group flex min-h-8 items-center gap-2.5 rounded-md px-2 text-ink-2 hover:bg-hover hover:text-ink'
  return (
    <header className="sticky top-0 hidden h-dvh flex-col gap-4 border-r border-line p-3 md:flex">
      <WorkspaceMenu />
      <nav aria-label={text.nav.label} className="flex flex-1 flex-col gap-0.5">
        {places.map(({ to, label, icon, letter }) => (
          <Link
            key={to}
            to={to}
            className={item}
            activeOptions={{ exact: to === '/' }}
            activeProps={{ className: 'bg-hover font-medium !text-ink' }}
          >
            <Icon name={icon} />
            <span className="flex-1">{label}</span>
            {shortcuts && (
              <span
                aria-hidden="true"
                className="hidden font-mono text-xs font-normal text-ink-3 group-hover:inline group-focus-visible:inline"
              >
                G {letter.toUpperCase()}
              </span>
            )}
          </Link>
        ))}
      </nav>
      <div className="flex flex-col gap-0.5">
        <button type="button" onClick={openPalette} className={item}>
          <Icon name="search" />
          <span className="flex-1 text-left">{text.nav.go}</span>
          <kbd className="font-mono text-xs text-ink-3">{isApple ? '⌘K' : 'Ctrl K'}</kbd>
        </button>
        <button type="button" onClick={() => void signOut()} className={item}>
          <Icon name="door" />
          {text.nav.signOut}
        </button>
      </div>
    </header>
  )
}

function TopBar() {
  return (
    <div className="flex items-center border-b border-line px-2 py-1.5 md:hidden">
      <WorkspaceName />
    </div>
  )
}

function WorkspaceName() {
  return (
    <MeContext.Consumer>
      {(me) => (
        <p className="flex min-h-9 min-w-0 items-center gap-2.5 px-2 font-semibold tracking-tight">
          <Mark />
          <span className="truncate">
            {me?.workspaces.find(({ workspaceId }) => workspaceId === me.workspaceId)?.name ?? text.product}
          </span>
        </p>
      )}
    </MeContext.Consumer>
  )
}

function BottomBar({ places }: { places: readonly Place[] }) {
  const [isOpen, setOpen] = useState(false)
  const close = () => setOpen(false)
  const item = 'flex min-h-14 min-w-0 flex-1 flex-col items-center justify-center gap-1 text-xs text-ink-2'
  const row = 'flex min-h-11 w-full items-center gap-2.5 rounded-md px-2.5 hover:bg-hover'
  return (
    <>
      <nav
        aria-label={text.nav.label}
        className="fixed inset-x-0 bottom-0 z-20 flex border-t border-line bg-surface pb-[env(safe-area-inset-bottom)] md:hidden"
      >
        {places.slice(0, PLACES_IN_BAR).map(({ to, label, shortLabel, icon }) => (
          <Link
            key={to}
            to={to}
            className={item}
            activeOptions={{ exact: to === '/' }}
            activeProps={{ className: 'font-semibold !text-accent' }}
          >
            <Icon name={icon} size={20} />
            {shortLabel ?? label}
          </Link>
        ))}
        <button type="button" aria-haspopup="dialog" onClick={() => setOpen(true)} className={item}>
          <Icon name="more" size={20} />
          {text.nav.more}
        </button>
      </nav>
      {isOpen && (
        <Dialog title={text.nav.more} onClose={close} className="mb-4">
          <div className="-mx-2.5 flex flex-col">
            {places.slice(PLACES_IN_BAR).map(({ to, label, icon }) => (
              <Link key={to} to={to} onClick={close} className={row}>
                <Icon name={icon} />
                {label}
              </Link>
            ))}
            <button type="button" onClick={() => void signOut()} className={row}>
              <Icon name="door" />
              {text.nav.signOut}
            </button>
            <h3 className="mt-3 mb-1 px-2.5 text-xs font-semibold text-ink-3">{text.nav.workspace}</h3>
            <WorkspaceList onChosen={close} />
          </div>
        </Dialog>
      )}
    </>
  )
}
