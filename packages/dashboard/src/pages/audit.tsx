import type { AuditFilter } from '@cardea/sdk'
import { useInfiniteQuery } from '@tanstack/react-query'
import { Link, useNavigate, useSearch } from '@tanstack/react-router'
import { queries } from '../api.ts'
import { useMe, useWorkspace } from '../me.ts'
import { text } from '../messages.ts'
import { may } from '../nav.ts'
import { AuditEntry, eventLabel, happensInWorkspaces } from '../parts/audit-entry.tsx'
import { Button } from '../parts/button.tsx'
import { Field, Select } from '../parts/form.tsx'
import { More } from '../parts/more.tsx'
import { Empty, PageFrame, Skeleton } from '../parts/page.tsx'
import { QueryProblem } from '../parts/problem-note.tsx'
import { flat, useNamesOfAll } from '../people.ts'

export interface AuditSearch {
  /** `server`: what concerns the deployment as a whole, for operators. */
  scope?: string
  event?: string
  member?: string
  from?: string
  to?: string
}

export function AuditPage() {
  const me = useMe()
  const { workspaceId } = useWorkspace()
  const search: AuditSearch = useSearch({ from: '/shell/audit' })
  const isServer = search.scope === 'server' && may(me, 'deployment:audit')
  const list = useInfiniteQuery(queries.audit(isServer ? undefined : workspaceId, filterOf(search)))
  const nameOf = useNamesOfAll()
  const entries = flat(list.data)
  const isFiltered = Object.keys(search).some((name) => name !== 'scope')

  return (
    <PageFrame
      title={text.audit.title}
      lead={isServer ? text.audit.leadServer : text.audit.lead}
      action={may(me, 'deployment:audit') && <Scope isServer={isServer} />}
    >
      <div className="flex flex-col gap-4">
        <Filters search={search} isServer={isServer} isFiltered={isFiltered} />
        <QueryProblem query={list} />
        {list.isPending && !list.error && <Skeleton rows={6} />}
        {list.isSuccess && entries.length === 0 && (
          <Empty
            title={isFiltered ? text.audit.noMatch : text.audit.none}
            detail={isFiltered ? text.audit.noMatchDetail : text.audit.noneDetail}
          />
        )}
        {entries.length > 0 && (
          <ol className="card divide-y divide-line">
            {entries.map((entry) => (
              <AuditEntry key={entry.id} entry={entry} nameOf={nameOf} />
            ))}
          </ol>
        )}
        <More list={list} />
        {entries.length > 0 && !list.hasNextPage && !isFiltered && (
          <p className="text-center text-ink-3">{text.audit.end}</p>
        )}
      </div>
    </PageFrame>
  )
}

function Scope({ isServer }: { isServer: boolean }) {
  const scopes = [
    { label: text.audit.ofWorkspace, search: {}, isCurrent: !isServer },
    { label: text.audit.ofServer, search: { scope: 'server' }, isCurrent: isServer },
  ]
  return (
    <nav aria-label={text.audit.scope} className="flex rounded-md border border-line p-0.5">
      {scopes.map(({ label, search, isCurrent }) => (
        <Link
          key={label}
          to="/audit"
          search={search}
          activeOptions={{ exact: true, explicitUndefined: true }}
          className={`flex min-h-8 items-center rounded px-3 pointer-coarse:min-h-11 ${isCurrent ? 'bg-hover font-medium' : 'text-ink-2 hover:text-ink'}`}
        >
          {label}
        </Link>
      ))}
    </nav>
  )
}

/** Filters are part of the address: they can be sent to somebody, and the way back works. */
function Filters({ search, isServer, isFiltered }: { search: AuditSearch; isServer: boolean; isFiltered: boolean }) {
  const me = useMe()
  const { workspaceId } = useWorkspace()
  const navigate = useNavigate()
  const members = useInfiniteQuery(queries.members(workspaceId))
  const filter = (name: keyof AuditSearch, value: string) => {
    const { [name]: _before, ...rest } = search
    void navigate({ to: '/audit', search: value ? { ...rest, [name]: value } : rest, replace: true })
  }
  const people = flat(members.data)
  const isKnown = !search.member || people.some(({ userId }) => userId === search.member)

  return (
    <search aria-label={text.audit.filters} className="grid grid-cols-2 gap-3 sm:grid-cols-4">
      <Select
        name="event"
        label={text.audit.event}
        value={search.event ?? ''}
        onChange={(event) => filter('event', event.target.value)}
      >
        <option value="">{text.audit.anyEvent}</option>
        {Object.keys(text.audit.events)
          .filter((event) => happensInWorkspaces(event) !== isServer)
          .map((event) => (
            <option key={event} value={event}>
              {eventLabel(event)}
            </option>
          ))}
      </Select>
      <Select
        name="member"
        label={text.audit.member}
        value={search.member ?? ''}
        onChange={(event) => filter('member', event.target.value)}
      >
        <option value="">{text.audit.anyone}</option>
        {people.map(({ userId, name }) => (
          <option key={userId} value={userId}>
            {name}
            {userId === me.id && ` (${text.common.you})`}
          </option>
        ))}
        {!isKnown && <option value={search.member}>{search.member}</option>}
      </Select>
      {(['from', 'to'] as const).map((name) => (
        <Field
          key={name}
          name={name}
          type="date"
          required
          label={text.audit[name]}
          value={search[name] ?? ''}
          onChange={(event) => filter(name, event.target.value)}
        />
      ))}
      {isFiltered && (
        <Button
          look="quiet"
          className="justify-self-start"
          onClick={() => void navigate({ to: '/audit', search: isServer ? { scope: 'server' } : {} })}
        >
          {text.audit.clear}
        </Button>
      )}
    </search>
  )
}

/** Days as they are counted where the reader is, both of them whole. */
function filterOf({ event, member, from, to }: AuditSearch): AuditFilter {
  const first = beginning(from, 0)
  const after = beginning(to, 1)
  return {
    ...(event ? { event } : {}),
    ...(member ? { member } : {}),
    ...(first ? { from: first } : {}),
    ...(after ? { to: after } : {}),
  }
}

function beginning(day: string | undefined, daysLater: number): string | undefined {
  const date = new Date(`${day}T00:00:00`)
  // A year that is still being typed is no filter yet.
  if (Number.isNaN(date.getTime()) || date.getFullYear() < 1970) return undefined
  date.setDate(date.getDate() + daysLater)
  return date.toISOString()
}
