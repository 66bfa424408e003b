import { Link, type LinkProps } from '@tanstack/react-router'
import type { ComponentProps, ReactNode } from 'react'

type Look = 'primary' | 'plain' | 'quiet' | 'danger'

const base =
  'inline-flex min-h-9 items-center justify-center gap-1.5 rounded-md px-3 py-1 font-medium whitespace-nowrap transition-colors duration-100 disabled:opacity-55 pointer-coarse:min-h-11'
const looks: Record<Look, string> = {
  primary: 'bg-ink text-canvas hover:bg-ink-2',
  plain: 'border border-line bg-surface hover:bg-hover',
  quiet: 'text-ink-2 hover:bg-hover hover:text-ink',
  danger: 'bg-danger-fill text-white hover:brightness-110',
}

interface ButtonProps extends ComponentProps<'button'> {
  look?: Look
  /** At work: it stays focused and readable, and does nothing more until it is done. */
  busy?: boolean
}

export function Button({ look = 'plain', busy = false, className = '', type = 'button', ...rest }: ButtonProps) {
  return (
    <button
      type={type}
      aria-disabled={busy || undefined}
      className={`${base} ${looks[look]} ${busy ? 'cursor-progress opacity-70' : ''} ${className}`}
      {...rest}
      onClick={busy ? (event) => event.preventDefault() : rest.onClick}
    />
  )
}

export function LinkButton({ look = 'plain', children, ...link }: LinkProps & { look?: Look; children: ReactNode }) {
  return (
    <Link className={`${base} ${looks[look]}`} {...link}>
      {children}
    </Link>
  )
}
