import { api } from '../api.ts'
import { switchWorkspace } from '../me.ts'
import { text } from '../messages.ts'
import { Button } from './button.tsx'
import { Dialog } from './dialog.tsx'
import { Field, Form, value } from './form.tsx'
import { useSubmit } from './submit.ts'

export function NewWorkspace({ onClose }: { onClose: () => void }) {
  const submit = useSubmit(async (name: string) => {
    const { id } = await api.workspaces.create({ name }, { idempotencyKey: crypto.randomUUID() })
    onClose()
    await switchWorkspace(id)
  })
  return (
    <Dialog title={text.workspaces.create} onClose={onClose}>
      <Form problem={submit.problem} onSubmit={(values) => void submit.run(value(values, 'name').trim())}>
        <p className="text-ink-2">{text.workspaces.createLead}</p>
        <Field
          name="name"
          label={text.workspaces.name}
          required
          maxLength={100}
          autoComplete="organization"
          autoFocus
        />
        <div className="flex justify-end gap-2">
          <Button onClick={onClose}>{text.common.cancel}</Button>
          <Button type="submit" look="primary" busy={submit.busy}>
            {text.workspaces.create}
          </Button>
        </div>
      </Form>
    </Dialog>
  )
}
