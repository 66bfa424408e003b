import { text } from '../messages.ts'
import { Button } from './button.tsx'

/** The way to a list's next page. */
export function More({
  list,
}: {
  list: { hasNextPage: boolean; isFetchingNextPage: boolean; fetchNextPage(): unknown }
}) {
  if (!list.hasNextPage) return null
  return (
    <div className="text-center">
      <Button busy={list.isFetchingNextPage} onClick={() => void list.fetchNextPage()}>
        {text.common.more}
      </Button>
    </div>
  )
}
