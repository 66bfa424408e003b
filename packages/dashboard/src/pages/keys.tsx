import type { ApiKey } from '@cardea/sdk'
import { useInfiniteQuery } from '@tanstack/react-query'
import { useRef, useState } from 'react'
import { api, queries, queryClient } from '../api.ts'
import { useWorkspace } from '../me.ts'
import { text } from '../messages.ts'
import { Button } from '../parts/button.tsx'
import { Confirm } from '../parts/dialog.tsx'
import { More } from '../parts/more.tsx'
import { NewKey } from '../parts/new-key.tsx'
import { announce } from '../parts/notice.tsx'
import { OnceSecret } from '../parts/once-secret.tsx'
import { Empty, PageFrame, Row, Rows, Skeleton, Tag } from '../parts/page.tsx'
import { Past } from '../parts/past.tsx'
import { QueryProblem } from '../parts/problem-note.tsx'
import { isPast, When } from '../parts/when.tsx'
import { flat, useNames } from '../people.ts'

export function KeysPage() {
  const { workspaceId } = useWorkspace()
  const list = useInfiniteQuery(queries.keys(workspaceId))
  const [creating, setCreating] = useState(false)
  const [made, setMade] = useState<{ name: string; token: string }>()
  const [revoking, setRevoking] = useState<ApiKey>()
  const create = useRef<HTMLButtonElement>(null)
  const all = flat(list.data)
  const isOver = (key: ApiKey) => key.revokedAt !== null || isPast(key.expiresAt)
  const live = all.filter((key) => !isOver(key))
  const over = all.filter(isOver)
  const refresh = () => queryClient.invalidateQueries({ queryKey: ['keys', workspaceId] })

  return (
    <PageFrame
      title={text.keys.title}
      lead={text.keys.lead}
      action={
        <Button ref={create} look="primary" onClick={() => setCreating(true)}>
          {text.keys.create}
        </Button>
      }
    >
      <div className="flex flex-col gap-3">
        {made && (
          <OnceSecret
            title={text.keys.madeTitle(made.name)}
            label={text.keys.madeLabel}
            warning={text.keys.madeWarning}
            secret={made.token}
            onDone={() => {
              setMade(undefined)
              create.current?.focus()
            }}
          />
        )}
        <QueryProblem query={list} />
        {list.isPending && !list.error && <Skeleton />}
        {list.isSuccess && live.length === 0 && !made && <Empty title={text.keys.none} detail={text.keys.noneDetail} />}
        {live.length > 0 && (
          <Rows label={text.keys.title}>
            {live.map((key) => (
              <KeyRow key={key.id} apiKey={key} onRevoke={() => setRevoking(key)} />
            ))}
          </Rows>
        )}
        {over.length > 0 && (
          <Past label={text.keys.past(over.length)}>
            {over.map((key) => (
              <KeyRow key={key.id} apiKey={key} />
            ))}
          </Past>
        )}
        <More list={list} />
      </div>
      {creating && (
        <NewKey
          onClose={() => setCreating(false)}
          onMade={({ name, token }) => {
            setMade({ name, token })
            void refresh()
          }}
        />
      )}
      {revoking && (
        <Confirm
          title={text.keys.revokeTitle(revoking.name)}
          detail={text.keys.revokeDetail}
          verb={text.keys.revoke}
          onConfirm={async () => {
            await api.keys.revoke(revoking.id, { workspace: workspaceId })
            announce(text.keys.wasRevoked(revoking.name))
            await refresh()
          }}
          onClose={() => setRevoking(undefined)}
        />
      )}
    </PageFrame>
  )
}

function KeyRow({ apiKey, onRevoke }: { apiKey: ApiKey; onRevoke?: () => void }) {
  const nameOf = useNames()
  const { name, role, permissions, hint, createdBy, createdAt, expiresAt, lastUsedAt, revokedAt } = apiKey
  return (
    <Row
      title={
        <>
          {name}
          <code className="font-mono text-xs font-normal text-ink-3">
            {hint}
            {text.common.dots}
          </code>
          {revokedAt && <Tag tone="bad">{text.keys.revoked}</Tag>}
          {!revokedAt && isPast(expiresAt) && <Tag tone="warn">{text.keys.expired}</Tag>}
        </>
      }
      detail={
        <>
          <span>
            {text.roles[role].name}
            {permissions && (
              <span title={permissions.map((each) => text.keys.permissions[each] ?? each).join('\n')}>
                , {text.keys.only(permissions.length)}
              </span>
            )}
          </span>
          <span>
            {text.keys.created} <When at={createdAt} /> {text.keys.by(nameOf(createdBy))}
          </span>
          <span>
            {lastUsedAt ? (
              <>
                {text.keys.used} <When at={lastUsedAt} />
              </>
            ) : (
              text.keys.neverUsed
            )}
          </span>
          {!revokedAt && (
            <span>
              {expiresAt ? (
                <>
                  {isPast(expiresAt) ? text.keys.expired : text.keys.expires} <When at={expiresAt} />
                </>
              ) : (
                text.keys.noExpiry
              )}
            </span>
          )}
        </>
      }
    >
      {onRevoke && (
        <Button look="quiet" aria-label={text.keys.revokeNamed(name)} onClick={onRevoke}>
          {text.keys.revoke}
        </Button>
      )}
    </Row>
  )
}
