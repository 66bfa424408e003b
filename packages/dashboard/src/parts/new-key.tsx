import type { CreateApiKey, CreatedApiKey, Role } from '@cardea/sdk'
import { useQuery } from '@tanstack/react-query'
import { useState } from 'react'
import { api, queries } from '../api.ts'
import { useWorkspace } from '../me.ts'
import { text } from '../messages.ts'
import { Button } from './button.tsx'
import { Dialog } from './dialog.tsx'
import { Field, Form, Select, value } from './form.tsx'
import { RoleField } from './role-options.tsx'
import { useSubmit } from './submit.ts'

const DAY = 86_400_000
const expiries = ['30', '90', '365', 'date', 'never']

export function NewKey({ onClose, onMade }: { onClose: () => void; onMade: (made: CreatedApiKey) => void }) {
  const { workspaceId } = useWorkspace()
  const { data: table } = useQuery(queries.permissions())
  const [role, setRole] = useState<Role>('editor')
  const [expiry, setExpiry] = useState('90')
  const submit = useSubmit(async (values: FormData) => {
    const made = await api.keys.create(describe(values), { workspace: workspaceId })
    onClose()
    onMade(made)
  })
  const permissions = table?.roles.filter((entry) => entry.roles.includes(role)) ?? []

  return (
    <Dialog title={text.keys.createTitle} onClose={onClose}>
      <Form problem={submit.problem} onSubmit={(values) => void submit.run(values)}>
        <Field
          name="name"
          label={text.keys.name}
          hint={text.keys.nameHint}
          required
          maxLength={100}
          autoComplete="off"
          autoFocus
        />
        <RoleField role={role} onChange={setRole} />
        <Select
          name="expiry"
          label={text.keys.expiry}
          value={expiry}
          hint={expiry === 'never' ? text.keys.expiryNever : undefined}
          onChange={(event) => setExpiry(event.target.value)}
        >
          {expiries.map((each) => (
            <option key={each} value={each}>
              {text.keys.expiries[each]}
            </option>
          ))}
        </Select>
        {expiry === 'date' && (
          <Field name="expiresAt" type="date" label={text.keys.expiryDate} required min={localDay(Date.now())} />
        )}
        {permissions.length > 0 && (
          <details>
            <summary className="w-fit rounded text-ink-2 hover:text-ink">{text.keys.narrow}</summary>
            {/* Keyed by the role: a tick for what another role may would be refused. */}
            <fieldset key={role} className="mt-2 flex flex-col">
              <legend className="text-ink-3">{text.keys.narrowHint}</legend>
              {permissions.map(({ permission }) => (
                <label key={permission} className="flex min-h-8 items-center gap-2.5 pointer-coarse:min-h-11">
                  <input type="checkbox" name="permissions" value={permission} className="size-4 accent-accent" />
                  {text.keys.permissions[permission] ?? permission}
                  <code className="ml-auto font-mono text-xs text-ink-3">{permission}</code>
                </label>
              ))}
            </fieldset>
          </details>
        )}
        <div className="flex justify-end gap-2">
          <Button onClick={onClose}>{text.common.cancel}</Button>
          <Button type="submit" look="primary" busy={submit.busy}>
            {text.keys.go}
          </Button>
        </div>
      </Form>
    </Dialog>
  )
}

function describe(values: FormData): CreateApiKey {
  const permissions = values.getAll('permissions').map(String)
  const expiresAt = expiryOf(value(values, 'expiry'), value(values, 'expiresAt'))
  return {
    name: value(values, 'name').trim(),
    role: value(values, 'role') as Role,
    ...(permissions.length > 0 ? { permissions } : {}),
    ...(expiresAt ? { expiresAt } : {}),
  }
}

/** A chosen day counts whole, as it is counted where the reader is. */
function expiryOf(expiry: string, day: string): string | undefined {
  if (expiry === 'never') return undefined
  if (expiry !== 'date') return new Date(Date.now() + Number(expiry) * DAY).toISOString()
  return new Date(`${day}T23:59:59.999`).toISOString()
}

function localDay(at: number): string {
  const date = new Date(at)
  return new Date(at - date.getTimezoneOffset() * 60_000).toISOString().slice(0, 10)
}
