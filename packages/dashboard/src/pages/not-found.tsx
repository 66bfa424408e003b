import { text } from '../messages.ts'
import { LinkButton } from '../parts/button.tsx'
import { Gate } from '../parts/gate.tsx'

export function NotFoundPage() {
  return (
    <Gate title={text.notFound.title} lead={text.notFound.detail}>
      <div>
        <LinkButton to="/">{text.notFound.back}</LinkButton>
      </div>
    </Gate>
  )
}
