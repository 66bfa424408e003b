import type { Rotation, RotationKind, VaultState } from '@cardea/sdk'
import { useQuery } from '@tanstack/react-query'
import { type ReactNode, useEffect, useState } from 'react'
import { api, queries, queryClient } from '../api.ts'
import { useMe } from '../me.ts'
import { text } from '../messages.ts'
import { may } from '../nav.ts'
import { Button } from '../parts/button.tsx'
import { Confirm } from '../parts/dialog.tsx'
import { Note, PageFrame, Section, Skeleton, Tag } from '../parts/page.tsx'
import { QueryProblem } from '../parts/problem-note.tsx'
import { When } from '../parts/when.tsx'
import { sentence } from '../sentence.ts'

const kinds: RotationKind[] = ['master_key', 'data_keys']

export function SystemPage() {
  const vault = useQuery(queries.vault())
  return (
    <PageFrame title={text.system.title} lead={text.system.lead}>
      <QueryProblem query={vault} />
      {vault.isPending && !vault.error && <Skeleton />}
      {vault.data && <Vault vault={vault.data} />}
      {vault.data && <Rotations newest={vault.data.rotation} />}
    </PageFrame>
  )
}

function Vault({ vault }: { vault: VaultState }) {
  const { ok, masterKey } = vault
  const facts: [string, ReactNode][] = [
    [
      text.system.masterKey,
      <code key="id" className="font-mono">
        {masterKey.id}
      </code>,
    ],
    [text.system.keptIn, masterKey.source],
  ]
  return (
    <Section
      title={text.system.vault}
      action={<Tag tone={ok ? 'good' : 'bad'}>{ok ? text.system.works : text.system.isBroken}</Tag>}
    >
      {!ok && (
        <Note title={vault.sentence}>
          <p>{text.system.checkNext}</p>
        </Note>
      )}
      {masterKey.warning && <Note>{sentence(masterKey.warning)}</Note>}
      <dl className="card grid gap-x-6 gap-y-2 px-4 py-3.5 sm:grid-cols-[auto_1fr]">
        {facts.map(([term, fact]) => (
          <div key={term} className="contents">
            <dt className="text-ink-3">{term}</dt>
            <dd className="min-w-0 tabular-nums">{fact}</dd>
          </div>
        ))}
      </dl>
    </Section>
  )
}

function Rotations({ newest }: { newest: Rotation | null }) {
  const me = useMe()
  const [asking, setAsking] = useState<RotationKind>()
  const followed = useQuery({ ...queries.rotation(newest?.id ?? ''), enabled: newest?.state === 'running' })
  const rotation = newest && followed.data?.id === newest.id ? followed.data : newest
  const isRunning = rotation?.state === 'running'
  // Its end changes what the vault says of itself.
  useEffect(() => {
    if (followed.data && followed.data.state !== 'running') void queryClient.invalidateQueries({ queryKey: ['vault'] })
  }, [followed.data])

  return (
    <Section title={text.system.rotate} lead={text.system.rotateLead}>
      {rotation ? <Progress rotation={rotation} /> : <p className="text-ink-3">{text.system.noRotation}</p>}
      {may(me, 'vault:rotate') && (
        <ul className="card divide-y divide-line">
          {kinds.map((kind) => (
            <li key={kind} className="flex flex-wrap items-center justify-between gap-x-6 gap-y-2.5 px-4 py-3.5">
              <div className="min-w-0 flex-1 basis-64">
                <h3 className="font-medium">{text.system.kinds[kind].name}</h3>
                <p className="text-ink-2">{text.system.kinds[kind].lead}</p>
              </div>
              <Button disabled={isRunning} onClick={() => setAsking(kind)}>
                {text.system.kinds[kind].go}
              </Button>
            </li>
          ))}
        </ul>
      )}
      {asking && (
        <Confirm
          title={text.system.kinds[asking].title}
          detail={text.system.kinds[asking].detail}
          verb={text.system.kinds[asking].go}
          danger={false}
          onConfirm={async () => {
            await api.deployment.rotate(asking)
            await queryClient.invalidateQueries({ queryKey: ['vault'] })
          }}
          onClose={() => setAsking(undefined)}
        />
      )}
    </Section>
  )
}

function Progress({ rotation }: { rotation: Rotation }) {
  const { kind, state, done, total, error, startedAt, finishedAt } = rotation
  const label = `${text.system.kinds[kind].name}: ${text.system.rotation[state].toLowerCase()}`
  return (
    <div className="card flex flex-col gap-2 px-4 py-3.5">
      <div className="flex flex-wrap items-baseline justify-between gap-x-4">
        <p role="status" className="font-medium">
          {label}
        </p>
        <p className="text-ink-3 tabular-nums">
          {text.system.progress(done, total)} · {finishedAt ? text.system.finished : text.system.started}{' '}
          <When at={finishedAt ?? startedAt} />
        </p>
      </div>
      {state === 'running' && <progress className="bar" aria-label={label} value={done} max={Math.max(total, 1)} />}
      {error && <p className="text-danger">{error}</p>}
    </div>
  )
}
