import type { CardeaProblem, Issue } from '@cardea/sdk'
import {
  type ComponentProps,
  createContext,
  type FormEvent,
  type ReactNode,
  useContext,
  useEffect,
  useId,
  useRef,
  useState,
} from 'react'
import { text } from '../messages.ts'
import { sentence } from '../sentence.ts'
import { ProblemNote } from './problem-note.tsx'

/**
 * Forms keep what was typed in the document alone: fields are not state, so a password is nowhere once the field is gone,
 * and an error loses nothing. What the server says of `body.name` stands beside the field `name`.
 */
const Issues = createContext<Readonly<Record<string, string>>>({})

interface FormProps {
  onSubmit(values: FormData, form: HTMLFormElement): void
  problem?: CardeaProblem | undefined
  className?: string
  children: ReactNode
}

type Control = HTMLInputElement | HTMLSelectElement

export function Form({ onSubmit, problem, className = '', children }: FormProps) {
  const form = useRef<HTMLFormElement>(null)
  const [own, setOwn] = useState<Record<string, string>>({})
  const [orphans, setOrphans] = useState<Issue[]>([])

  useEffect(() => {
    const beside: Record<string, string> = {}
    const rest: Issue[] = []
    for (const issue of problem?.issues ?? []) {
      const name = /^body\.(\w+)/.exec(issue.path)?.[1]
      if (name && form.current?.elements.namedItem(name)) beside[name] ??= sentence(issue.message)
      else rest.push(issue)
    }
    setOwn(beside)
    setOrphans(rest)
    focusFirst(form.current, beside)
  }, [problem])

  const submit = (event: FormEvent<HTMLFormElement>) => {
    event.preventDefault()
    const found: Record<string, string> = {}
    for (const element of event.currentTarget.elements) {
      const control = element as Control
      if (control.name && control.willValidate && !control.validity.valid) found[control.name] = whatIsWrong(control)
    }
    setOwn(found)
    focusFirst(event.currentTarget, found)
    if (Object.keys(found).length === 0) onSubmit(new FormData(event.currentTarget), event.currentTarget)
  }

  return (
    <form ref={form} noValidate onSubmit={submit} className={`flex flex-col gap-4 ${className}`}>
      <Issues value={own}>{children}</Issues>
      <ProblemNote problem={problem} issues={orphans} />
    </form>
  )
}

interface FieldFrame {
  name: string
  label: string
  hint?: ReactNode
}

export function Field({ name, label, hint, type = 'text', ...rest }: FieldFrame & ComponentProps<'input'>) {
  const { id, described, frame } = useFrame(name, label, hint, rest.required !== true)
  const [shown, setShown] = useState(false)
  const input = (
    <input
      {...rest}
      {...described}
      id={id}
      name={name}
      data-focus={rest.autoFocus || undefined}
      type={shown ? 'text' : type}
      className={`field ${type === 'password' ? 'pr-16' : ''} ${rest.className ?? ''}`}
    />
  )
  if (type !== 'password') return frame(input)
  return frame(
    <div className="relative">
      {input}
      <button
        type="button"
        aria-pressed={shown}
        aria-label={`${text.common.show}: ${label}`}
        onClick={() => setShown(!shown)}
        className="absolute inset-y-px right-px rounded-md px-3 text-ink-3 hover:text-ink"
      >
        {shown ? text.common.hide : text.common.show}
      </button>
    </div>,
  )
}

export function Select({ name, label, hint, children, ...rest }: FieldFrame & ComponentProps<'select'>) {
  const { id, described, frame } = useFrame(name, label, hint, false)
  return frame(
    <select {...rest} {...described} id={id} name={name} className="field">
      {children}
    </select>,
  )
}

function useFrame(name: string, label: string, hint: ReactNode, optional: boolean) {
  const id = useId()
  const issue = useContext(Issues)[name]
  const describedBy = [hint ? `${id}-hint` : '', issue ? `${id}-issue` : ''].filter(Boolean).join(' ')
  return {
    id,
    described: { 'aria-invalid': issue ? true : undefined, 'aria-describedby': describedBy || undefined },
    frame: (control: ReactNode) => (
      <div className="flex min-w-0 flex-col gap-1">
        <label htmlFor={id} className="font-medium">
          {label}
          {optional && <span className="font-normal text-ink-3"> ({text.common.optional})</span>}
        </label>
        {control}
        {issue && (
          <p id={`${id}-issue`} className="text-danger">
            {issue}
          </p>
        )}
        {hint && (
          <p id={`${id}-hint`} className="text-ink-3">
            {hint}
          </p>
        )}
      </div>
    ),
  }
}

function whatIsWrong(control: Control): string {
  const { validity } = control
  if (validity.valueMissing) return text.fields.missing
  if (validity.typeMismatch && control.type === 'email') return text.fields.notEmail
  if (validity.tooShort && 'minLength' in control) return text.fields.tooShort(control.minLength)
  if (validity.tooLong && 'maxLength' in control) return text.fields.tooLong(control.maxLength)
  return text.fields.notValid
}

function focusFirst(form: HTMLFormElement | null, issues: Record<string, string>): void {
  const first = [...(form?.elements ?? [])].find((element) => (element as Control).name in issues)
  if (first) (first as HTMLElement).focus()
}

/** A field's value as it was typed. */
export function value(values: FormData, name: string): string {
  return String(values.get(name) ?? '')
}
