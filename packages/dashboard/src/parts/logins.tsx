import type { Login } from '@cardea/sdk'
import { useInfiniteQuery } from '@tanstack/react-query'
import { useState } from 'react'
import { api, queries, queryClient } from '../api.ts'
import { text } from '../messages.ts'
import { flat } from '../people.ts'
import { Button } from './button.tsx'
import { clientName } from './client-name.ts'
import { Confirm } from './dialog.tsx'
import { Icon } from './icons.tsx'
import { More } from './more.tsx'
import { announce } from './notice.tsx'
import { Row, Rows, Section, Skeleton, Tag } from './page.tsx'
import { ProblemNote, QueryProblem } from './problem-note.tsx'
import { useSubmit } from './submit.ts'
import { When } from './when.tsx'

export function Logins() {
  const list = useInfiniteQuery(queries.logins())
  const [endingOthers, setEndingOthers] = useState(false)
  const logins = flat(list.data).sort((a, b) => Number(b.current) - Number(a.current))
  const refresh = () => queryClient.invalidateQueries({ queryKey: ['logins'] })
  const end = useSubmit(async (login: Login) => {
    await api.logins.end(login.id)
    announce(text.you.ended)
    await refresh()
  })

  return (
    <Section
      title={text.you.logins}
      lead={text.you.loginsLead}
      action={
        logins.some(({ current }) => !current) && (
          <Button onClick={() => setEndingOthers(true)}>{text.you.endOthers}</Button>
        )
      }
    >
      <QueryProblem query={list} />
      <ProblemNote problem={end.problem} />
      {list.isPending && !list.error && <Skeleton />}
      {logins.length > 0 && (
        <Rows label={text.you.logins}>
          {logins.map((login) => (
            <LoginRow key={login.id} login={login} busy={end.busy} onEnd={() => void end.run(login)} />
          ))}
        </Rows>
      )}
      <More list={list} />
      {endingOthers && (
        <Confirm
          title={text.you.endOthersTitle}
          detail={text.you.endOthersDetail}
          verb={text.you.endOthers}
          onConfirm={async () => {
            const { ended } = await api.logins.endOthers()
            announce(text.you.endedOthers(ended))
            await refresh()
          }}
          onClose={() => setEndingOthers(false)}
        />
      )}
    </Section>
  )
}

function LoginRow({ login, busy, onEnd }: { login: Login; busy: boolean; onEnd: () => void }) {
  const { kind, client, ip, createdAt, lastUsedAt, expiresAt, current } = login
  const name = kind === 'browser' ? clientName(client) : client
  return (
    <Row
      title={
        <>
          <span className="text-ink-3">
            <Icon name={kind === 'browser' ? 'browser' : 'terminal'} />
          </span>
          {name}
          {current ? <Tag tone="good">{text.you.thisOne}</Tag> : kind === 'cli' && <Tag>{text.you.kinds.cli}</Tag>}
        </>
      }
      detail={
        <>
          <span>
            {text.you.lastUsed} <When at={lastUsedAt} />
          </span>
          <span>
            {text.you.since} <When at={createdAt} />
          </span>
          <span>
            {text.you.expires} <When at={expiresAt} />
          </span>
          {ip && <span>{ip}</span>}
        </>
      }
    >
      {!current && (
        <Button look="quiet" busy={busy} aria-label={text.you.endNamed(name)} onClick={onEnd}>
          {text.you.end}
        </Button>
      )}
    </Row>
  )
}
