import type { Role } from '@cardea/sdk'
import { text } from '../messages.ts'
import { Select } from './form.tsx'

export const roles = Object.keys(text.roles) as Role[]

export function RoleOptions() {
  return roles.map((role) => (
    <option key={role} value={role}>
      {text.roles[role].name}
    </option>
  ))
}

/** A choice of role that says what the chosen one may do. */
export function RoleField({ role, onChange }: { role: Role; onChange: (role: Role) => void }) {
  return (
    <Select
      name="role"
      label={text.fields.role}
      value={role}
      hint={text.roles[role].sentence}
      onChange={(event) => onChange(event.target.value as Role)}
    >
      <RoleOptions />
    </Select>
  )
}
