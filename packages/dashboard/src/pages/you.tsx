import { useMe } from '../me.ts'
import { text } from '../messages.ts'
import { ChangePassword } from '../parts/change-password.tsx'
import { Logins } from '../parts/logins.tsx'
import { PageFrame, Section } from '../parts/page.tsx'
import { prefer, themes, usePreferences } from '../preferences.ts'

export function YouPage() {
  const { person } = useMe()
  return (
    <PageFrame title={text.you.title} heading={person?.name ?? text.you.title} lead={person?.email}>
      <Logins />
      <ChangePassword />
      <LookAndKeys />
    </PageFrame>
  )
}

function LookAndKeys() {
  const { theme, shortcuts } = usePreferences()
  return (
    <Section title={text.you.look}>
      <div className="card divide-y divide-line">
        <fieldset className="flex flex-wrap items-center justify-between gap-3 px-4 py-3">
          <legend className="float-left font-medium">{text.you.theme}</legend>
          <div className="flex rounded-md border border-line p-0.5">
            {themes.map((each) => (
              <label
                key={each}
                className="flex min-h-8 cursor-pointer items-center rounded px-3 text-ink-2 has-checked:bg-hover has-checked:font-medium has-checked:text-ink has-focus-visible:outline-2 has-focus-visible:outline-accent pointer-coarse:min-h-11"
              >
                <input
                  type="radio"
                  name="theme"
                  value={each}
                  checked={theme === each}
                  onChange={() => prefer({ theme: each })}
                  className="sr-only"
                />
                {text.you.themes[each]}
              </label>
            ))}
          </div>
        </fieldset>
        <label className="flex cursor-pointer items-center justify-between gap-4 px-4 py-3">
          <span>
            <span className="block font-medium">{text.you.shortcuts}</span>
            <span className="text-ink-3">{text.you.shortcutsHint}</span>
          </span>
          <input
            type="checkbox"
            checked={shortcuts}
            onChange={(event) => prefer({ shortcuts: event.target.checked })}
            className="size-5 shrink-0 accent-accent"
          />
        </label>
      </div>
    </Section>
  )
}
